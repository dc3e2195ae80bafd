import { expect, test } from 'vitest';
import { readPlain } from '../../../src/market/files/read-plain.ts';
import { decideColumns, readPriceFile, toPriceFile } from '../../../src/market/files/read-price-file.ts';
import { RefusedFile } from '../../../src/market/files/refusal.ts';
import { randomOf } from '../../support/series.ts';

/** What a reading comes to: the file, or why it is refused. */
function outcomeOf(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    if (error instanceof RefusedFile) return error.refusal;
    throw error;
  }
}

const random = randomOf(7);
const below = (count: number) => Math.floor(random() * count);
const oneOf = <Value>(values: readonly Value[]): Value => values[below(values.length)] as Value;

/** Mostly plain prices, sometimes what a plain file does not have. */
function price(isNoisy: boolean): string {
  const value = 1 + random() * 2_000;
  const written = [
    () => value.toFixed(2),
    () => value.toFixed(oneOf([0, 1, 3, 4, 8])),
    () => String(value),
    () => String(Math.fround(value)),
    () => `0.${below(1_000_000)}`,
    () => `-${value.toFixed(2)}`,
    () =>
      oneOf([
        '',
        '1e3',
        '.5',
        '5.',
        '+3.1',
        '1,5',
        '$4.20',
        'n/a',
        '12345678901234567890.12',
        '007.50',
        '-0',
      ]),
  ];
  return (written[isNoisy && random() < 0.05 ? below(written.length) : below(5)] as () => string)();
}

function day(n: number, isNoisy: boolean): string {
  const iso = new Date(n * 86_400_000).toISOString().slice(0, 10);
  return !isNoisy || random() < 0.98
    ? iso
    : oneOf(['2024-02-30', '2024-13-01', `${iso} 00:00`, iso.replaceAll('-', '/'), '']);
}

const headers = [
  'Date,Open,High,Low,Close,Volume',
  'date,open,high,low,close',
  'Date,Open,High,Low,Close,Adj Close,Volume',
  'Close,Low,High,Open,Date,Volume',
  'timestamp,o,h,l,c,v',
  'Date,Open,High,Low,Close,Volume,adjOpen,adjHigh,adjLow,adjClose,adjVolume',
  'Date,Open,High,Low,Close,Close,Volume',
  'Date,Open,High,Low,Close,Volume,Ticker',
  'Date,Open,High,Low,Close,Volume,Remarks',
  'Date;Open;High;Low;Close',
  'Date,Open,High,Low,Close,Volume,Adjusted',
  'Date,Open,High,Low,Close,Last,Volume',
  'Date,AAPL.Open,AAPL.High,AAPL.Low,AAPL.Close,AAPL.Volume',
  'Date,Adj Open,Adj High,Adj Low,Adj Close,Volume',
  'Date,Open,High,Low,Split Adjusted Close,Volume',
  'Date,Open,High,Low,Close,TickVol,Volume',
] as const;

function file(): Buffer {
  const header = random() < 0.9 ? oneOf(headers.slice(0, 6)) : oneOf(headers);
  const names = header.split(/[,;]/);
  const step = oneOf([2, 2, 2, 2, 7, -1, 0]);
  const whole = random() < 0.1;
  const isNoisy = random() < 0.3;
  const lines = Array.from({ length: oneOf([0, 1, 3, 8, 40]) }, (_, i) =>
    names
      .map((name) => {
        if (/date|timestamp/i.test(name))
          return day(18_000 + i * step + (random() < 0.3 ? 1 : 0) * Math.sign(step), isNoisy);
        return whole ? String(below(1_000)) : price(isNoisy);
      })
      .join(header.includes(';') ? ';' : ','),
  );
  const end = oneOf(['\n', '\r\n']);
  const noise = random() < 0.95 ? '' : oneOf([' ', '\n\n', '"', '\uFEFF', '# note\n', 'Total,,,,\n', '\0']);
  return Buffer.from([header, ...lines].join(end) + oneOf(['', end]) + noise);
}

test('a plain file is read as by evidence, to the bit, with the same report or refusal', () => {
  let plain = 0;
  const files = Array.from({ length: 20_000 }, file);
  for (const bytes of files) {
    if (readPlain(bytes) === null) continue;
    plain += 1;
    expect(
      outcomeOf(() => readPriceFile(bytes)),
      bytes.toString(),
    ).toEqual(outcomeOf(() => toPriceFile(decideColumns(bytes))));
  }
  // Enough of either kind.
  expect(plain).toBeGreaterThan(files.length / 5);
  expect(plain).toBeLessThan((files.length * 4) / 5);
}, 120_000);

test.each([
  ['weekly bars', 'Date,Open,High,Low,Close', (i: number) => `${isoOf(18_000 + i * 7)},1.5,2.5,1.25,2.5`],
  [
    'thousands that may be decimals',
    'Date,Open,High,Low,Close',
    (i: number) => `${isoOf(18_000 + i)},1.234,2.345,1.123,1.345`,
  ],
  [
    'days in descending order',
    'Date,Open,High,Low,Close',
    (i: number) => `${isoOf(18_000 - i)},1.5,2.5,1.25,2.5`,
  ],
  [
    'a day that is there twice',
    'Date,Open,High,Low,Close',
    (i: number) => `${isoOf(18_000 + Math.floor(i / 2))},1.5,2.5,1.25,2.5`,
  ],
  [
    'a column that is not understood',
    'Date,Open,High,Low,Close,Split',
    (i: number) => `${isoOf(18_000 + i)},1.5,2.5,1.25,2.5,0`,
  ],
  [
    'a number of more than 30 digits',
    'Date,Open,High,Low,Close',
    (i: number) => `${isoOf(18_000 + i)},1.5,2.5,1.25,${'1'.repeat(i === 3 ? 31 : 3)}`,
  ],
  [
    'a price that may be a flag',
    'Date,Open,High,Low,Close,Adjusted',
    (i: number) => `${isoOf(18_000 + i)},1.5,2.5,1.25,2.5,1`,
  ],
])('%s are left to the reading by evidence', (_, header, row) => {
  const lines = Array.from({ length: 20 }, (_, i) => row(i));
  expect(readPlain(Buffer.from([header, ...lines].join('\n')))).toBeNull();
});

test('a number of very many digits is left to the reading by evidence', () => {
  const row = `2024-01-02,${'1'.repeat(500_000)},2,1,1`;
  expect(readPlain(Buffer.from(`Date,Open,High,Low,Close\n${row}`))).toBeNull();
});

const isoOf = (n: number) => new Date(n * 86_400_000).toISOString().slice(0, 10);
