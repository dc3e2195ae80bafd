import { expect, test } from 'vitest';
import { entriesFor } from '../../../console/src/frame/palette-entries.ts';
import { pageAt, RAIL } from '../../../console/src/frame/routes.ts';
import { graphiqlLink, nameOf, snippet } from '../../../console/src/frame/snippets.ts';
import { isConsolePath } from '../../../src/console/page.ts';

test('the server sends the console for every page that the console has', () => {
  for (const [name, path] of RAIL) {
    expect(isConsolePath(path)).toBe(true);
    expect(pageAt(path)).toEqual({ name, rest: '' });
  }
  expect(pageAt('/r/BRK-B')).toEqual({ name: 'result', rest: 'BRK-B' });
  expect(isConsolePath('/r/BRK-B')).toBe(true);
  expect(isConsolePath('/jobs/Sm9iOjE%3D')).toBe(true);
  for (const path of ['/graphql', '/livez', '/export/analyses.csv', '/rankings', '/assets/x.js'])
    expect(isConsolePath(path)).toBe(false);
});

test('a page that does not exist has no name', () => {
  expect(pageAt('/nothing')).toEqual({ name: null, rest: '' });
});

const found = {
  instruments: { edges: [{ node: { ticker: 'AAPL', name: 'Apple Inc.', exchange: 'NASDAQ' } }] },
  watchlists: [
    { id: 'a=', name: 'Apples' },
    { id: 'b=', name: 'Banks' },
  ],
};

test('the palette offers tickers, lists, pages and actions for a text', () => {
  expect(entriesFor('app', found).map(({ to }) => to)).toEqual([
    '/r/AAPL',
    '/r/APP',
    '/?tickers=APP',
    '/watchlists/a%3D',
  ]);
  expect(entriesFor('', null).map(({ to }) => to)).toEqual(RAIL.map(([, to]) => to));
});

test('the palette opens a job by its id', () => {
  const id = '01a22e48-56c2-7170-bd5d-337ab3153d0e';
  expect(entriesFor(id, null)[0]).toMatchObject({ to: `/jobs/${id}` });
});

const shown = {
  text: 'query Mine($name: String!) {\n  watchlists { id }\n}',
  variables: { name: "it's" },
};

test('a document is copied as a program of each language, with its variables', () => {
  expect(nameOf(shown.text)).toBe('Mine');
  const url = 'http://127.0.0.1:4000/graphql';
  expect(snippet('curl', shown, url)).toContain(`"name":"it'\\''s"`);
  expect(snippet('Python', shown, url)).toContain('"name": "it\'s"');
  expect(snippet('TypeScript', shown, url)).toContain('watchlists { id }');
  expect(snippet('GraphQL', shown, url)).toContain('# {\n#   "name": "it\'s"\n# }');
  expect(new URL(graphiqlLink(shown), url).searchParams.get('query')).toBe(shown.text);
});
