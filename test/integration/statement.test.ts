import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { arrayOf, doubleRows, type ElementType } from '../../src/db/array.ts';
import { execute } from '../../src/db/statement.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const samples: { readonly [Type in ElementType]: readonly unknown[] } = {
  uuid: ['00000000-0000-7000-8000-000000000001', 'ffffffff-FFFF-ffff-ffff-ffffffffffff', null],
  text: ['', 'NULL', '"{}\\', 'Grüße 🚀', null, 'x'.repeat(9_000), 'twice', 'twice'],
  int2: [0, -32_768, 32_767, null],
  int4: [0, -(2 ** 31), 2 ** 31 - 1, null],
  int8: [0, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, null],
  float4: [0, 12.5, -1e-30, null],
  float8: [0, Math.PI, -1e-300, Number.MAX_VALUE, null],
  bool: [true, false, null, true, true],
  date: ['2000-01-01', '1969-12-31', '2026-11-25', '2024-02-29', null],
  jsonb: ['{"a": [1, null]}', '"x"', null],
  bytea: [Buffer.from([0, 255, 92]), Buffer.alloc(0), null],
};

describe('an array in binary form', () => {
  test.each(Object.entries(samples))('%s is what PostgreSQL makes of the text', async (type, values) => {
    const text = values.map((value) =>
      value instanceof Buffer ? `\\x${value.toString('hex')}` : value === null ? null : String(value),
    );
    for (const [binary, expected] of [
      [values, text],
      [[], []],
    ] as const) {
      const [row] = await execute<{ same: boolean }>(
        database.db,
        `compare_${type}`,
        `select $1::${type}[] is not distinct from array(select x::${type} from unnest($2::text[]) with ordinality as t(x, n) order by n) as same`,
        [arrayOf(type as 'text', binary as string[]), [...expected]],
      );
      expect(row?.same).toBe(true);
    }
  });

  test.each([
    [[]],
    [[[Number.NaN, -1e-300]]],
    [
      [
        [0, 1],
        [Math.PI, Number.MAX_VALUE],
      ],
    ],
  ])('rows of doubles %j are sent as one array of their numbers', (rows) => {
    expect(doubleRows(rows, 2, (row) => row)).toEqual(arrayOf('float8', rows.flat()));
  });

  test('a row with more or fewer doubles than the others is rejected', () => {
    for (const row of [[1], [1, 2, 3]])
      expect(() => doubleRows([[1, 2], row], 2, (one) => one)).toThrow(TypeError);
  });

  test('what is no value of the type is refused before it is sent', () => {
    for (const text of [
      '',
      'x',
      '00000000-0000-7000-8000-00000000000',
      '00000000-0000-7000-8000-00000000000g',
    ])
      expect(() => arrayOf('uuid', [text])).toThrow('not a UUID');
    expect(() => arrayOf('date', ['2026-02-30x'])).toThrow('not a date');
    expect(() => arrayOf('int2', [40_000])).toThrow(RangeError);
  });
});
