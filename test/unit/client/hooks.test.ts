import { Window } from 'happy-dom';
import { createElement, type ReactNode, StrictMode, Suspense } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { type Client, connect } from '../../../packages/client/src/connect.ts';
import type { TypedDocument } from '../../../packages/client/src/document.ts';
import { WatchlistsDocument } from '../../../packages/client/src/generated/graphql.ts';
import {
  ClientProvider,
  useAnalyses,
  useConnection,
  useJob,
  useJobItems,
  useRequest,
  useWatchlist,
} from '../../../packages/client/src/react.ts';
import { eventually } from '../../support/eventually.ts';
import { type Asked, eventBatch, startLogServer } from '../../support/log-server.ts';

/** React works for a root after its test, too: the page stays until the process of this file ends. */
let page: Window;
beforeAll(() => {
  page = new Window();
  vi.stubGlobal('window', page);
  vi.stubGlobal('document', page.document);
});
/** Runs as on a server. React goes on working for roots of the page afterwards, so the page comes back at once. */
function withoutPage<Value>(run: () => Value): Value {
  for (const name of ['document', 'window']) vi.stubGlobal(name, undefined);
  try {
    return run();
  } finally {
    vi.stubGlobal('window', page);
    vi.stubGlobal('document', page.document);
  }
}

/** Renders into an empty page. `text` is what the page shows. */
function show(client: Client, component: () => ReactNode, wrap = (node: ReactNode) => node) {
  const place = document.createElement('div');
  const root: Root = createRoot(place);
  const Component = component;
  root.render(wrap(createElement(ClientProvider, { client }, createElement(Component))));
  const until = (text: string) => eventually(async () => place.textContent === text);
  const leave = () => root.unmount();
  onTestFinished(leave);
  return { until, leave };
}

async function clientAt(subscribe: (asked: Asked) => unknown, respond?: string) {
  const server = await startLogServer({ subscribe, respond: (response) => response.end(respond) });
  const client = connect(server.url);
  onTestFinished(() => client.close());
  return { server, client };
}

const progress = (state: string, percent: number) => ({
  jobProgress: { id: 'job', state, progress: percent },
});
const strict = (node: ReactNode) => createElement(StrictMode, null, node);

function JobText() {
  const { data, error, isLoading } = useJob('job');
  return isLoading ? 'loading' : (error?.message ?? `${data?.state} ${data?.progress}`);
}

test('useJob shows the newest state; strict mode and two components share one subscription, which ends with the last', async () => {
  const { server, client } = await clientAt((asked) => asked.next(progress('PROCESSING', 40)));
  const page = show(client, () => [JobText(), ' ', JobText()], strict);
  await page.until('loading loading');
  await page.until('PROCESSING 40 PROCESSING 40');
  server.asked[0]?.next(progress('COMPLETED', 100));
  await page.until('COMPLETED 100 COMPLETED 100');
  expect(server.asked).toHaveLength(1);
  page.leave();
  await eventually(async () => server.asked[0]?.ended === true);
});

test('an error is shown, and reload begins again', async () => {
  const { server, client } = await clientAt((asked) =>
    server.asked.length === 1 ? asked.error('NOT_FOUND') : asked.next(progress('QUEUED', 0)),
  );
  let reload: () => void = () => undefined;
  const page = show(client, () => {
    const job = useJob('job');
    reload = job.reload;
    return job.error?.message ?? String(job.data?.state);
  });
  await page.until('NOT_FOUND');
  reload();
  await page.until('QUEUED');
});

test('useJobItems renders a burst of events once per frame, and keeps items that have not changed', async () => {
  const batch = (events: readonly object[], cursor: number) => ({
    jobEvents: { events, cursor, gap: false },
  });
  const tickers = Array.from({ length: 200 }, (_, i) => `T${i}`);
  const started = { seq: 1, type: 'ITEMS_STARTED', tickers, attempt: 1, progress: 0 };
  const moved = (seq: number) => ({
    seq,
    type: 'ITEM_PROGRESSED',
    ticker: 'T7',
    tickers: [],
    phase: seq % 100,
    attempt: 1,
    progress: seq,
  });
  const rest = (after: number, to: number) =>
    batch(
      Array.from({ length: to - after }, (_, i) => moved(after + 1 + i)),
      to,
    );
  // A reader that is slow subscribes again after its cursor.
  const { server, client } = await clientAt((asked) => {
    const after = Number(asked.variables.after);
    asked.next(after === 0 ? batch([started], 1) : rest(after, 400));
  });
  let renders = 0;
  const seen: (readonly object[])[] = [];
  const page = show(client, () => {
    const { data } = useJobItems('job');
    renders += 1;
    if (data !== null) seen.push(data.items);
    return `${data?.items.length} ${data?.items[7]?.phase} ${data?.progress}`;
  });
  await page.until('200 0 0');
  const before = renders;
  const asked = server.asked[0];
  for (let to = 10; to <= 400; to += 10) asked?.next(rest(Math.max(1, to - 10), to));
  await page.until('200 0 400');
  expect(renders - before).toBeLessThan(40);
  expect(seen.at(-1)?.[8]).toBe(seen[0]?.[8]);
  expect(seen.at(-1)?.[7]).not.toBe(seen[0]?.[7]);
});

test('useJobItems goes on after events that retention has removed', async () => {
  const { client } = await clientAt((asked) => {
    if (Number(asked.variables.after) === 0) asked.next({ jobEvents: { events: [], cursor: 4, gap: true } });
    else asked.next(eventBatch(5, 6, 6));
  });
  const page = show(client, () => {
    const { data } = useJobItems('job');
    return `${data?.seq} ${data?.gap}`;
  });
  await page.until('6 true');
});

test('useAnalyses shows the newest results first, up to the limit', async () => {
  const batch = (cursor: string, ...tickers: string[]) => ({
    analysisStored: { cursor, caughtUp: true, gap: false, analyses: tickers.map((ticker) => ({ ticker })) },
  });
  const { client } = await clientAt((asked) => {
    asked.next(batch('a', 'A', 'B'));
    asked.next(batch('b', 'C', 'D'));
  });
  const page = show(client, () => {
    const { data } = useAnalyses({ limit: 3 });
    return data?.map(({ ticker }) => ticker).join() ?? '';
  });
  await page.until('D,C,B');
});

test('useWatchlist and useRequest share their page with a connection state', async () => {
  const list = { watchlistChanged: { id: 'list', name: 'Tech', items: [] } };
  const response = JSON.stringify({ data: { watchlists: [{ id: 'list', name: 'Tech', items: [] }] } });
  const { client } = await clientAt((asked) => asked.next(list), response);
  const page = show(client, () => {
    const live = useWatchlist('list').data?.name;
    const asked = useRequest(WatchlistsDocument, {}).data?.watchlists.length;
    return `${live} ${asked} ${useConnection().status}`;
  });
  await page.until('Tech 1 live');
});

test.each([
  ['objects', WatchlistsDocument, Object.assign({}, WatchlistsDocument)],
  ['texts', 'query A { a }', 'query B { b }'],
])('useRequest keeps the results of two documents that are %s apart', async (_kind, first, second) => {
  let responses = 0;
  const server = await startLogServer({
    subscribe: () => undefined,
    respond(response) {
      responses += 1;
      response.end(JSON.stringify({ data: { place: responses } }));
    },
  });
  const client = connect(server.url);
  onTestFinished(() => client.close());
  const places = [first, second].map((document) => document as TypedDocument<{ place: number }, object>);
  const page = show(client, () => {
    const shown = places.map((document) => useRequest(document, {}).data?.place);
    return shown.sort().join();
  });
  await page.until('1,2');
});

describe('Suspense', () => {
  const Text = () => String(useJob('job', { suspense: true }).data?.state);

  test('shows the fallback until the first data', async () => {
    const { server, client } = await clientAt(() => undefined);
    const page = show(client, Text, (node) => createElement(Suspense, { fallback: 'wait' }, node));
    await page.until('wait');
    await eventually(async () => server.asked.length === 1);
    server.asked[0]?.next(progress('QUEUED', 0));
    await page.until('QUEUED');
    expect(server.asked).toHaveLength(1);
  });
});

test('a page that is rendered on a server shows that it loads, and asks nothing', async () => {
  const { server, client } = await clientAt(() => undefined);
  const text = createElement(ClientProvider, { client }, createElement(JobText));
  expect(withoutPage(() => renderToString(text))).toBe('loading');
  const waiting = createElement(() => String(useJob('job', { suspense: true }).data));
  const inside = createElement(Suspense, { fallback: 'wait' }, waiting);
  const provided = createElement(ClientProvider, { client }, inside);
  expect(withoutPage(() => renderToString(provided))).toContain('wait');
  expect(server.asked).toEqual([]);
  expect(server.inits).toEqual([]);
});

test('a hook without a provider says what is missing', () => {
  expect(() => renderToString(createElement(JobText))).toThrow('ClientProvider');
});
