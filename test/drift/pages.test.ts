import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pageFaultsOf } from '../support/plain-english.ts';

const root = resolve(import.meta.dirname, '../..');
const pages = globSync(
  [
    'README.md',
    'ARCHITECTURE.md',
    'CONTRIBUTING.md',
    'SECURITY.md',
    'docs/*.md',
    'docs/guides/*.md',
    'packages/*/README.md',
  ],
  { cwd: root, exclude: ['**/node_modules/**'] },
);

describe('the page is plain English (test/support/plain-english.ts has the rules)', () => {
  test.each(pages)('%s', (page) => {
    expect(pageFaultsOf(readFileSync(resolve(root, page), 'utf8'))).toEqual([]);
  });
});

test('the README has at most 90 lines', () => {
  expect(readFileSync(resolve(root, 'README.md'), 'utf8').trimEnd().split('\n').length).toBeLessThanOrEqual(
    90,
  );
});

describe('the check of a page rejects', () => {
  test.each([
    ['an everyday word in a paragraph', 'The server\nanswers within 2 s.', '"answers"'],
    [
      'an everyday word in a cell of a table',
      '| Fault | What happens |\n|---|---|\n| a lock | the write is refused |',
      '"refused"',
    ],
    ['an everyday word in an entry of a list', 'The client:\n\n- is told the reason,', '"told"'],
    [
      'a clause in the place of a noun',
      'Done. What is open ends with its credential.',
      'a clause in the place of a noun',
    ],
    [
      'a sentence that is too long',
      `The worker ${'stores the result and '.repeat(10)}ends.`,
      'more than 40 words',
    ],
  ])('%s', (_what, page, fault) => {
    expect(pageFaultsOf(page).join()).toContain(fault);
  });

  test('but no code, no title of a test and no name', () => {
    const page = '```sh\n# whoever\n```\n\nThe code `refused` and SECRET_TOLD. *what it answers*';
    expect(pageFaultsOf(page)).toEqual([]);
  });
});
