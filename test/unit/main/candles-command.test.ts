import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { readFileName } from '../../../src/file-name.ts';
import { listFiles } from '../../../src/market/files/list-files.ts';
import type { FileReport } from '../../../src/market/files/report-file.ts';
import { run } from '../../support/processes.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/price-files');
const folder = mkdtempSync(join(tmpdir(), 'thetool-check-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What `npm run candles -- …` prints and ends with. It needs no settings. */
async function candles(...args: string[]): Promise<{ code: number | string; text: string }> {
  const command = run('candles.mjs', {}, { args });
  return { code: await command.exited, text: command.output() };
}

interface Case {
  readonly file: string;
  readonly expected: {
    readonly as?: string;
    readonly error?: string;
    readonly warning?: string | true;
    readonly gate?: string;
  };
}
const cases = JSON.parse(readFileSync(join(fixtures, 'expected.json'), 'utf8')) as readonly Case[];

test('check reports what every handed file comes to, and fails because some would be rejected', async () => {
  const { code, text } = await candles('check', fixtures, '--json');
  expect(code).toBe(1);
  const reports = JSON.parse(text) as readonly FileReport[];
  expect(reports.map(({ file }) => file)).toEqual(cases.map(({ file }) => file).toSorted());
  for (const { file, expected } of cases) {
    const { refusal, lastBar, bars, warnings } = reports.find((report) => report.file === file) as FileReport;
    expect(refusal?.code, file).toBe(expected.error);
    if (refusal !== null) {
      expect(refusal.cure, file).not.toBe('');
      continue;
    }
    expect([bars, lastBar], file).toEqual([130, '2024-07-01']);
    const wanted = [expected.gate, expected.warning].filter((wish) => typeof wish === 'string');
    expect(
      warnings.map((warning) => warning.code),
      file,
    ).toEqual(expect.arrayContaining(wanted));
  }
});

test('check prints a table with assumptions, and place, reason and cure of what is rejected', async () => {
  const three = join(folder, 'three');
  mkdirSync(three);
  for (const file of ['SEMI_DECIMAL_COMMA.csv', 'AMBIGUOUS_DATES.csv', 'FUTURE_BAR.csv'])
    cpSync(join(fixtures, file), join(three, file));
  const { code, text } = await candles('check', three);
  expect(code).toBe(1);
  const lines = text.trim().split('\n');
  expect(lines[0]).toMatch(/^FILE +BARS {2}FIRST BAR +LAST BAR +ADJUSTMENT$/);
  expect(lines[1]).toMatch(/^AMBIGUOUS_DATES\.csv +rejected: AMBIGUOUS_DATES$/);
  expect(lines[2]).toMatch(/^ {2}line 2, "02\/01\/2024": "02\/01\/2024" may be 2024-01-02 .* or 2024-02-01/);
  expect(lines[3]).toContain('  cure: Write the dates as YYYY-MM-DD');
  expect(text).toMatch(/^SEMI_DECIMAL_COMMA\.csv +130 {2}2024-01-02 {2}2024-07-01 {2}UNKNOWN$/m);
  expect(text).toContain('  assumed DECIMAL_COMMA: Numbers have a decimal comma.');
  expect(text).toContain('  warning FUTURE_BAR: 1 bars are of days after');
  expect(lines.at(-1)).toBe('3 files: 2 accepted, 1 rejected.');
});

test('check of one good file ends with 0', async () => {
  expect((await candles('check', join(fixtures, 'BASE.csv'))).code).toBe(0);
});

test('check says which file of a ticker is used, and rejects a file whose name is not a ticker', async () => {
  const names = join(folder, 'names');
  mkdirSync(names);
  const base = readFileSync(join(fixtures, 'BASE.csv'));
  writeFileSync(join(names, 'AAPL.csv'), base);
  writeFileSync(join(names, 'AAPL.txt.gz'), gzipSync(base));
  writeFileSync(join(names, 'my prices.csv'), base);
  const { code, text } = await candles('check', names);
  expect(code).toBe(1);
  expect(text).toContain('The source CSV uses AAPL.csv for AAPL.');
  expect(text).toMatch(/^my prices\.csv +rejected: FILE_NAME$/m);
  expect(text).toContain('  "my prices" is no ticker');
  expect(text).toContain('  cure: Name the file <TICKER>.csv, or import it');
  expect(text.trim().split('\n').at(-1)).toBe('3 files: 2 accepted, 1 rejected.');

  const single = await candles('check', join(names, 'my prices.csv'), '--json');
  expect(single.code).toBe(1);
  expect(JSON.parse(single.text)).toMatchObject([{ bars: 0, refusal: { code: 'FILE_NAME' } }]);
  // What is wrong with the bars is reported first.
  cpSync(join(fixtures, 'HTML.csv'), join(names, 'my prices.csv'));
  expect((await candles('check', names)).text).toMatch(/^my prices\.csv +rejected: NOT_CSV$/m);
});

test('the names of files are judged alike in a folder, as single files and by the source', async () => {
  const named = join(folder, 'named');
  mkdirSync(named);
  const base = readFileSync(join(fixtures, 'BASE.csv'));
  const outcomes = {
    ' msft .CSV': 'MSFT',
    'aapl.csv': 'AAPL',
    NVDA: null,
    'IBM.csv.txt': null,
    'K.jsonl': null,
  };
  for (const name of Object.keys(outcomes)) writeFileSync(join(named, name), base);
  writeFileSync(join(named, 'README'), 'Notes about these files.');
  const { text } = await candles('check', named, '--json');
  const reports = JSON.parse(text) as readonly FileReport[];
  const ofFolder = new Map(reports.map(({ file, refusal }) => [file, refusal]));
  expect([...ofFolder.keys()].toSorted()).toEqual(Object.keys(outcomes).toSorted());
  for (const [name, ticker] of Object.entries(outcomes)) {
    expect(ofFolder.get(name)?.code, name).toBe(ticker === null ? 'FILE_NAME' : undefined);
    expect(readFileName(name), name).toEqual({ ticker, refusal: ofFolder.get(name) });
  }
  expect([...listFiles(named).keys()].toSorted()).toEqual(['AAPL', 'MSFT']);
  const single = await candles('check', join(named, 'NVDA'), '--json');
  expect(JSON.parse(single.text)).toMatchObject([{ refusal: ofFolder.get('NVDA') }]);
  expect(ofFolder.get('NVDA')?.cure).toContain('Name the file NVDA.csv');
});

test('check rejects what is no file and explains its use', async () => {
  mkdirSync(join(folder, 'DIR.csv'));
  const inFolder = await candles('check', folder);
  expect(inFolder.text).toMatch(/DIR\.csv +rejected: NOT_A_FILE/);
  const missing = await candles('check', join(folder, 'none'));
  expect([missing.code, missing.text]).toEqual([1, expect.stringContaining('cannot be read')]);
  expect((await candles()).text).toContain('Usage: npm run candles -- check <file or folder>');
});
