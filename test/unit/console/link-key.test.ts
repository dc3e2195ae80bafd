import { expect, test } from 'vitest';
import { chooseKey, keyOfLink } from '../../../console/src/data/link-key.ts';

const never = () => {
  throw new Error('asked without need');
};

test.each([
  ['#key=tt_live_a', 'tt_live_a'],
  ['#page=1&key=tt_live_a', 'tt_live_a'],
  ['#page', null],
  ['', null],
])('the key in the fragment "%s" is %s', (fragment, expected) => {
  expect(keyOfLink(fragment)).toBe(expected);
});

test('the key of a link replaces another key only when the user agrees', () => {
  expect(chooseKey('new', 'old', () => false)).toBe('old');
  expect(chooseKey('new', 'old', () => true)).toBe('new');
});

test('nobody is asked without a link, without a key, or with the same key', () => {
  expect(chooseKey(null, 'old', never)).toBe('old');
  expect(chooseKey(null, null, never)).toBeNull();
  expect(chooseKey('new', null, never)).toBe('new');
  expect(chooseKey('old', 'old', never)).toBe('old');
});
