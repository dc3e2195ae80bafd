import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import {
  FURTHER_HOSTILE_SUITES,
  HOSTILE_MARKS,
  SUITES_WITHOUT_BYSTANDER,
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
