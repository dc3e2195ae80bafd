import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';

test('every decision record has a number of its own, without gaps', () => {
  const names = readdirSync(resolve(import.meta.dirname, '../../docs/decisions'));
  const numbers = names.filter((name) => name.endsWith('.md')).map((name) => Number(name.slice(0, 4)));
  expect(numbers.sort((a, b) => a - b)).toEqual(numbers.map((_, index) => index + 1));
});
