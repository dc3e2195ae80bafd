import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import {
  FURTHER_HOSTILE_SUITES,
  HOSTILE_MARKS,
  SUITES_WITHOUT_BYSTANDER,
  TESTS_WITHOUT_BYSTANDER,
} from '../support/hostile-suites.ts';

const root = resolve(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(resolve(root, file), 'utf8');
const suites = globSync('test/{integration,alone,e2e}/**/*.test.ts', { cwd: root });

/** The suite opens a bystander itself, or by the setup that it shares with others. */
const hasBystander = (file: string) =>
  /\b(keep|open)Bystander\(/.test(read(file)) || /from '\.\.\/support\/webhooks\.ts'/.test(read(file));
const hostile = suites.filter(
  (file) => HOSTILE_MARKS.test(read(file)) || FURTHER_HOSTILE_SUITES.includes(file),
);

test('every suite that sends hostile input has a bystander, or a reason in test/support/hostile-suites.ts', () => {
  expect(hostile.length).toBeGreaterThan(50);
  const without = hostile.filter((file) => !hasBystander(file) && !(file in SUITES_WITHOUT_BYSTANDER));
  expect(without).toEqual([]);
});

test('every suite that is listed is there, and every exception needs to be one', () => {
  expect(FURTHER_HOSTILE_SUITES.filter((file) => !suites.includes(file))).toEqual([]);
  const needless = Object.keys(SUITES_WITHOUT_BYSTANDER).filter(
    (file) => !hostile.includes(file) || hasBystander(file),
  );
  expect(needless).toEqual([]);
});

/** The tests of a suite as they are written: from `test` to the first line of the same indentation that ends with `);`. */
const TESTS = /^( *)test\b(?:.*\);$|[\s\S]*?^\1(?! ).*\);$)/gm;
const countOf = (text: string, pattern: RegExp) => text.match(pattern)?.length ?? 0;

/** Titles of the tests that start more APIs, by themselves or by a function of one expression, than they open bystanders. */
function testsWithoutBystander(text: string): string[] {
  const starters = [
    'startApi',
    ...[...text.matchAll(/const (\w+) = .*=>\s+startApi\(/g)].map(([, name]) => name),
  ];
  const starts = new RegExp(`\\b(?:${starters.join('|')})\\(`, 'g');
  return [...text.matchAll(TESTS)]
    .filter(([written]) => countOf(written, starts) > countOf(written, /\bopenBystander\(/g))
    .map(([written]) => /^ *test\b.*?(?:\(|^ +)(['`])(.*?)\1,/ms.exec(written)?.[2] ?? written);
}

test('every test of such a suite that starts a further API opens a bystander on it, or has a reason', () => {
  const without: Record<string, string[]> = {};
  for (const file of hostile.filter((one) => !(one in SUITES_WITHOUT_BYSTANDER))) {
    const titles = testsWithoutBystander(read(file));
    if (titles.length > 0) without[file] = titles;
  }
  const excepted = Object.entries(TESTS_WITHOUT_BYSTANDER).map(([file, reasons]) => [
    file,
    Object.keys(reasons),
  ]);
  expect(without).toEqual(Object.fromEntries(excepted));
});

test.each([
  ["test('a', async () => {\n  await startApi(url);\n});", ['a']],
  ["test('a', async () => {\n  await startApi(url);\n  await openBystander(it);\n});", []],
  ["test.each([1])(\n  'a %s',\n  async () => {\n    await startApi(url);\n  },\n);", ['a %s']],
  [
    "  test('a', async () => {\n    await startApi(url);\n  }, 60_000);\ntest('b', () => void openBystander(it));",
    ['a'],
  ],
  ["const start = () => startApi(url);\ntest('a', () => start());\ntest('b', () => other());", ['a']],
  ["beforeAll(async () => {\n  await startApi(url);\n});\ntest('a', () => ask());", []],
])('the rule for tests that start a further API finds them: %j', (text, titles) => {
  expect(testsWithoutBystander(text)).toEqual(titles);
});
