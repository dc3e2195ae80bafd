import { expect, test } from 'vitest';
import { sql } from '../../../src/db/drizzle.ts';
import { type LineColumn, lineOf } from '../../../src/db/line.ts';

const columns: readonly LineColumn[] = [
  ['n', sql`n`, 'number'],
  ['word', sql`w`, 'word'],
  ['text', sql`t`, 'text'],
  ['last', sql`l`, 'word'],
];

test.each([
  ['(1,A,plain,Z)', { n: 1, word: 'A', text: 'plain', last: 'Z' }],
  ['(-0.25,,,)', { n: -0.25, word: null, text: null, last: null }],
  ['(1e-05,A,"",Z)', { n: 1e-5, word: 'A', text: '', last: 'Z' }],
  ['(1,A,"a ""b"", (c)",Z)', { n: 1, word: 'A', text: 'a "b", (c)', last: 'Z' }],
  ['(1,A,"back\\\\slash and ""\\\\""",Z)', { n: 1, word: 'A', text: 'back\\slash and "\\"', last: 'Z' }],
  ['(1,A,"two\r\nlines",Z)', { n: 1, word: 'A', text: 'two\r\nlines', last: 'Z' }],
  ['(,"of two",ü,"")', { n: null, word: 'of two', text: 'ü', last: '' }],
])('%s is a line of JSON', (record, value) => {
  const line = lineOf('jsonl', columns, record);
  expect(line.indexOf('\n')).toBe(line.length - 1);
  expect(JSON.parse(line)).toEqual(value);
});

test('a line of CSV has single backslashes', () => {
  expect(lineOf('csv', columns, '(1,,"a ""b"" \\\\",Z)')).toBe('1,,"a ""b"" \\",Z\r\n');
});
