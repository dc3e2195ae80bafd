import { type GraphQLInputType, getNullableType, isEnumType, isInputObjectType, isListType } from 'graphql';

/**
 * A value as JSON writes it. Some values exist only as text: `1e999` is a valid number of JSON that JSON.parse turns into Infinity, and
 * JSON.stringify writes no such number.
 */
export type Json = string;

const texts = (...values: readonly string[]): Json[] => values.map((value) => JSON.stringify(value));
const base64 = (text: string) => Buffer.from(text).toString('base64');
const base64url = (text: string) => Buffer.from(text).toString('base64url');

const NIL = '00000000-0000-0000-0000-000000000000';
const NOBODY = '0198c0de-0000-7000-8000-000000000000';

/** Values of another type than the expected one. */
const OTHER_TYPES: readonly Json[] = ['true', '[]', '{}', '[[]]', '{"__proto__":1}'];

const INTS: readonly Json[] = [
  ...['-2147483649', '-2147483648', '-1', '-0', '0', '1', '2', '100', '101', '2147483646', '2147483647'],
  ...['2147483648', '9007199254740993', '1.0', '1.5', '1e-400', '1e999', '-1e999', '"1"', '""'],
  '9'.repeat(400),
  ...OTHER_TYPES,
];
const FLOATS: readonly Json[] = [
  ...[
    '-1',
    '-0',
    '0',
    '1',
    '1.0000001',
    '-1.0000001',
    '0.5',
    '5e-324',
    '1e-400',
    '1e16',
    '1.7976931348623157e308',
  ],
  ...['-1.7976931348623157e308', '1e999', '-1e999', '2147483648', '"NaN"', '"Infinity"', '"1"'],
  ...OTHER_TYPES,
];
const TEXTS: readonly Json[] = [
  ...texts('', ' ', '\u0000', 'a\u0000b', '\ud800', '\udc00a', 'a\ud83d', '\ud83d\ude00', '\u202e', '\u200b'),
  ...texts('\ufeff', '\u001b[31m\r\n\u007f\u0085', '\uffff', 'a\u0301'.repeat(300), '\ufdfa'.repeat(255)),
  ...texts('x'.repeat(255), 'x'.repeat(256), 'x'.repeat(40_000), 'X\u0130\u00df', '%', '_', '\\', "'; --"),
  ...texts(
    '__proto__',
    'constructor',
    '\u0663',
    '1e999',
    '9'.repeat(400),
    'null',
    '{}',
    'http://[',
    'https://',
  ),
  ...['1', '-1', '1.5', '1e999'],
  ...OTHER_TYPES,
];
const IDS: readonly Json[] = [
  ...texts(
    '',
    ' ',
    'x',
    '=',
    '\u0000',
    '\ud800',
    NOBODY,
    NOBODY.toUpperCase(),
    '1',
    '\u00e9',
    'x'.repeat(40_000),
  ),
  ...texts(...['', ':', 'Job', 'Job:', ':x', 'Job:x', 'Nothing:1', 'Job:1', `Job:${NIL}`].map(base64)),
  ...texts(
    ...[`Job:${NOBODY}`, `Job:${NOBODY}:x`, `job:${NOBODY}`, `Job: ${NOBODY}`, 'Job:\u0000'].map(base64),
  ),
  ...texts(...['Instrument:AAPL\u0000', 'Instrument:', `Instrument:${'x'.repeat(9_000)}`].map(base64)),
  ...texts(...['Query:', '__proto__:1', `Analysis:${NIL.slice(1)}`, `Job:{${NOBODY}}`].map(base64)),
  ...texts(base64url(`Job:${NOBODY}`), `${base64(`Job:${NOBODY}`)} `),
  ...['1', '1.5', '-1', '2147483648', '1e999'],
  ...OTHER_TYPES,
];
const DATES: readonly Json[] = [
  ...texts('2026-02-30', '2023-02-29', '2024-02-29', '0000-01-01', '0001-01-01', '1600-01-01', '9999-12-31'),
  ...texts('10000-01-01', '+275760-09-13', '-000001-01-01', '2026-1-1', '2026-00-01', '2026-01-01T00:00:00Z'),
  ...texts(
    '',
    ' 2026-01-01',
    '2026-01-01\u0000',
    '\ud800',
    'today',
    'infinity',
    '\u0662026-01-01',
    '9'.repeat(400),
  ),
  ...['0', '1e999', '20260101'],
  ...OTHER_TYPES,
];
const TIMES: readonly Json[] = [
  ...texts('2026-02-30T00:00:00Z', '2026-01-31T12:00:00', '2026-01-31', '0000-01-01T00:00:00Z'),
  ...texts('0001-01-01T00:00:00Z', '0001-01-01T00:00:00+14:00', '9999-12-31T23:59:59.999Z'),
  ...texts('9999-12-31T23:59:59.999-14:00', '+275760-09-13T00:00:00.000Z', '+275760-09-13T00:00:00.001Z'),
  ...texts(
    '-271821-04-20T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T23:59:60Z',
    '2026-01-01T00:00:00+24:00',
  ),
  ...texts('2026-01-01T00:00:00-00:00', '2026-01-01T00:00:00.123456789Z', '2026-01-01t00:00:00z', 'now', ''),
  ...texts(
    'infinity',
    '\u0000',
    '\ud800',
    '2026-01-01T00:00:00Z\u0000',
    '1970-01-01T00:00:00Z',
    '9'.repeat(400),
  ),
  ...['0', '-1', '1767225600000', '1e999'],
  ...OTHER_TYPES,
];
const DECIMALS: readonly Json[] = [
  ...texts(
    '',
    ' ',
    '0',
    '-0',
    '-1',
    '999.999999',
    '1000',
    '100000000',
    '100000000.000000000001',
    '1e5',
    '1e999',
  ),
  ...texts(
    '1e400',
    '1e-400',
    'NaN',
    'Infinity',
    '-Infinity',
    '0x10',
    '1_000',
    '1,000',
    ' 1000',
    '1000\u0000',
  ),
  ...texts('9'.repeat(400), `1000.${'0'.repeat(400)}1`, '\u0661000', '\ud800', '.', '1.', '.5', '+1000'),
  ...['1000', '1000.5', '0', '-1', '1e400', '1e999', '-1e999', '9'.repeat(400)],
  ...OTHER_TYPES,
];
const UUIDS: readonly Json[] = [
  ...texts(
    NOBODY,
    NOBODY.toUpperCase(),
    NIL,
    NOBODY.replaceAll('-', ''),
    `{${NOBODY}}`,
    '',
    'x',
    '\u0000',
    '\ud800',
  ),
  ...['1', ...OTHER_TYPES],
];

const scalars: Readonly<Record<string, readonly Json[]>> = {
  Int: INTS,
  Float: FLOATS,
  Boolean: ['true', 'false', '0', '1', '"true"', '""', '[]', '{}', '1e999'],
  String: TEXTS,
  ID: IDS,
  Date: DATES,
  DateTime: TIMES,
  Decimal: DECIMALS,
  UUID: UUIDS,
};
const ENUMS: readonly Json[] = [
  '"UNKNOWN"',
  '""',
  '0',
  '"__proto__"',
  '"toString"',
  '"\\u0000"',
  '[]',
  '{}',
  'true',
];

/** Texts that no page has given out, in the form of cursors. */
export const craftedCursors: readonly Json[] = texts(
  ...['', 'k', 'k:', 'k:1', 'k:-1', 'k:1e999', 'k:NaN', 'k:[]', 'k:{}', 'k:null', 'k:\u0000', 'k:9|A'].map(
    base64url,
  ),
  ...[`k:${'9'.repeat(400)}`, `k:${'['.repeat(5_000)}`, 'k:["SCORE",true,false,"1e999","A","A"]'].map(
    base64url,
  ),
  ...[
    `k:${NOBODY}`,
    `k:${NIL}`,
    `k:0001-01-01T00:00:00Z|${NOBODY}`,
    `k:+275760-09-13T00:00:00Z|${NOBODY}`,
  ].map(base64url),
  ...[
    'feed:1',
    'feed:-1',
    'feed:9223372036854775807',
    'feed:9223372036854775808',
    'feed:1e999',
    'ends:1',
  ].map(base64url),
  ...['feed:', 'ends:9223372036854775808', 'feed:0x1', 'feed: 1'].map(base64url),
);

const MANY = 5_001;

/** Values at and beyond the boundaries of a type. `sane` is a value that the place accepts. */
export function boundariesOf(type: GraphQLInputType, sane: Json): Json[] {
  const named = getNullableType(type);
  if (isListType(named)) {
    const item = sane.startsWith('[') ? sane.slice(1, -1) : sane;
    const lists = ['[]', '[null]', `[${item},${item}]`, `[[${item}]]`, `[${Array(MANY).fill(item).join()}]`];
    return ['null', ...lists, ...boundariesOf(named.ofType, item).map((value) => `[${value}]`)];
  }
  if (isInputObjectType(named))
    return [
      'null',
      '{}',
      '[]',
      '""',
      '1',
      'true',
      '{"unknown":1}',
      '{"__proto__":{}}',
      '{"constructor":1}',
      '[{},{}]',
    ];
  const values = isEnumType(named) ? ENUMS : scalars[named.name];
  if (values === undefined) throw new Error(`no values for the scalar ${named.name}: add some`);
  return ['null', ...values];
}
