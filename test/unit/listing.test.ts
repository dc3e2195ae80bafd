import { expect, test } from 'vitest';
import { parseListing } from '../../src/instruments/listing.ts';

const head = 'symbol,name,exchange,currency,sector';

test('a list of five columns is enough', () => {
  const { rows, faults } = parseListing(
    `${head}\nM&M,Mahindra & Mahindra,NSE,INR,Automobile\naapl,"Apple, Inc.",NASDAQ,USD,\n`,
  );
  expect(faults).toEqual([]);
  expect(rows).toEqual([
    {
      symbol: 'M&M',
      ticker: 'M&M.NS',
      name: 'Mahindra & Mahindra',
      exchange: 'NSE',
      timeZone: 'Asia/Kolkata',
      currency: 'INR',
      tick: null,
      sector: 'Automobile',
      industry: null,
    },
    {
      symbol: 'AAPL',
      ticker: 'AAPL',
      name: 'Apple, Inc.',
      exchange: 'NASDAQ',
      timeZone: 'America/New_York',
      currency: 'USD',
      tick: null,
      sector: null,
      industry: null,
    },
  ]);
});

test('columns come in any order and case, with more of them, a byte order mark and CRLF', () => {
  const text =
    '\ufeffISIN,Time_Zone,Sector,TICKER,tick,Currency,Exchange,Industry,NAME,Symbol\r\nX1,Europe/Paris,Energy,TTE.PA,0.005,EUR,Paris,Oil,TotalEnergies,TTE\r\n';
  const { rows, faults, ignored } = parseListing(text);
  expect(faults).toEqual([]);
  expect(ignored).toEqual(['isin']);
  expect(rows).toMatchObject([
    {
      ticker: 'TTE.PA',
      symbol: 'TTE',
      exchange: 'PARIS',
      timeZone: 'Europe/Paris',
      tick: '0.005',
      industry: 'Oil',
    },
  ]);
});

test('all faults are told at once, with their lines, and nothing else is answered', () => {
  const text = [
    'symbol,name,exchange,currency,sector,tick,time zone',
    'GOOD,Good,NYSE,USD,Any,,',
    'B D,Bad symbol,NYSE,USD,Any,,',
    'NONAME,,NYSE,usd,Any,0,',
    'WHERE,Somewhere,Mars,USD,Any,1e-3,',
    'ZONE,Zone,NYSE,USD,Any,,Mars/Olympus',
    'SHORT,Short,NYSE',
    'good,Twice,NASDAQ,USD,Any,,',
    `LONG,${'x'.repeat(201)},NYSE,USD,Any,,`,
    'BIDI,\u202egnp.exe,NYSE,USD,Any,,',
  ].join('\n');
  const { rows, faults } = parseListing(text);
  expect(rows).toEqual([]);
  expect(faults).toEqual([
    'line 3: symbol "B D" is none: 1 to 20 of A-Z 0-9 . - & ^ = _',
    'line 4: name is empty',
    'line 4: currency "usd" is no ISO 4217 code, and not GBp, GBX, ZAc or ILA',
    'line 4: tick "0" is no decimal number above 0 with at most 8 decimals',
    'line 5: time zone is needed: that of exchange "MARS" is not known',
    'line 5: tick "1e-3" is no decimal number above 0 with at most 8 decimals',
    'line 6: time zone "Mars/Olympus" is none of the IANA data base',
    'line 7: 3 cells instead of 7',
    'line 8: the ticker GOOD is in line 2 already',
    'line 9: name has more than 200 characters',
    'line 10: name has control characters',
  ]);
});

test.each([
  ['', 'line 1: there is no column symbol'],
  ['symbol,name\nA,B', 'line 1: there is no column sector'],
  [`${head},Symbol\nA,B,NYSE,USD,,A`, 'line 1: the column symbol is there twice'],
  [head, 'there is no instrument in this file'],
  [`${head}\n"A,B`, 'This is no CSV file'],
])('%j is refused', (text, fault) => {
  expect(parseListing(text).faults.join('\n')).toContain(fault);
});

test('a list may say lots and fractions; an empty cell says nothing', () => {
  const text = `${head},lot,fractional\nA,A,NYSE,USD,,100,no\nB,B,NYSE,USD,,0.001,YES\nC,C,NYSE,USD,,,\n`;
  const { rows, faults } = parseListing(text);
  expect(faults).toEqual([]);
  expect(rows.map(({ lot, fractional }) => [lot, fractional])).toEqual([
    ['100', false],
    ['0.001', true],
    [undefined, undefined],
  ]);
  const wrong = parseListing(`${head},lot,fractional\nA,A,NYSE,USD,,0,maybe\n`);
  expect(wrong.faults.join('; ')).toMatch(
    /lot "0" is no decimal number above 0.*fractional "maybe" is neither/,
  );
});
