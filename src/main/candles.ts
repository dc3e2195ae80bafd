import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { isPriceFile, readFileName } from '../file-name.ts';
import { listPriceFiles } from '../market/files/list-files.ts';
import { readPriceFile } from '../market/files/read-price-file.ts';
import { readWhole } from '../market/files/read-whole.ts';
import { type FileReport, refusalOf, rejected, reportFile } from '../market/files/report-file.ts';
import { daysAt } from '../market/trading-day.ts';
import { StartupError } from '../startup.ts';
import { printLine } from './print-line.ts';

const USAGE = `Usage: npm run candles -- check <file or folder> [--json]
Reads price files as an analysis does, and changes nothing. The exit code is 1 when a file would be rejected.`;

/** Reports what price files come to: a table, or JSON. */
export async function main(): Promise<void> {
  const [command, path, flag, ...more] = process.argv.slice(2);
  const isUsed = command === 'check' && path !== undefined && (flag === undefined || flag === '--json');
  if (!isUsed || more.length > 0) throw new StartupError(USAGE);
  const reports = checkPath(resolve(path));
  const lines = flag === '--json' ? JSON.stringify(reports, null, 2).split('\n') : toTable(reports);
  for (const line of lines) printLine(line);
  if (reports.some(({ refusal }) => refusal !== null)) process.exitCode = 1;
}

function checkPath(path: string): FileReport[] {
  const isFolder = isDirectory(path);
  const [folder, names] = isFolder ? [path, listPriceFiles(path)] : [dirname(path), [basename(path)]];
  const others = isFolder ? readdirSync(path).filter((name) => !isPriceFile(name)) : [];
  const unnamed = others.flatMap((name) => reportUnnamed(path, name));
  if (names.length + unnamed.length === 0)
    throw new StartupError(`${path} has no price files: .csv, .tsv or .txt, also with .gz or .zip.`);
  const days = daysAt(new Date(), null);
  const reports = names.map((name) => {
    try {
      const report = reportFile(name, readWhole(folder, name), days);
      const { refusal } = readFileName(name);
      if (report.refusal === null && refusal !== null) return rejected(name, refusal);
      return { ...report, warnings: [...report.warnings, ...aboutOthers(name, names)] };
    } catch (error) {
      return rejected(name, refusalOf(error));
    }
  });
  return [...reports, ...unnamed].sort((a, b) => (a.file < b.file ? -1 : 1));
}

/** A file of a folder without the ending of a price file is reported when it holds bars: the source CSV does not read it. */
function reportUnnamed(folder: string, name: string): FileReport[] {
  const { refusal } = readFileName(name);
  try {
    if (refusal === null || readPriceFile(readWhole(folder, name)).candles.dates.length === 0) return [];
    return [rejected(name, refusal)];
  } catch {
    // Notes, programs and folders beside the price files.
    return [];
  }
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartupError(`${path} cannot be read: ${reason}`);
  }
}

/** Of several files of one ticker the source CSV uses one. */
function aboutOthers(name: string, names: readonly string[]): { code: string; message: string }[] {
  const { ticker } = readFileName(name);
  const used = names.findLast((other) => readFileName(other).ticker === ticker);
  return used === name ? [] : [{ code: 'FILE_NAME', message: `The source CSV uses ${used} for ${ticker}.` }];
}

function toTable(reports: readonly FileReport[]): readonly string[] {
  const width = Math.max(4, ...reports.map(({ file }) => file.length));
  const row = (file: string, ...cells: readonly string[]) =>
    [file.padEnd(width), ...cells].join('  ').trimEnd();
  const lines = reports.flatMap(({ file, bars, firstBar, lastBar, adjustment, refusal, ...report }) => {
    if (refusal === null) {
      return [
        row(file, String(bars).padStart(6), firstBar ?? '', lastBar ?? '', adjustment ?? ''),
        ...report.assumptions.map(({ code, message }) => `  assumed ${code}: ${message}`),
        ...report.warnings.map(({ code, message }) => `  warning ${code}: ${message}`),
      ];
    }
    const place = [
      ...(refusal.line === null ? [] : [`line ${refusal.line}`]),
      ...(refusal.cell === null ? [] : [JSON.stringify(refusal.cell)]),
    ];
    const where = place.length === 0 ? '' : `${place.join(', ')}: `;
    return [row(file, `rejected: ${refusal.code}`), `  ${where}${refusal.why}`, `  cure: ${refusal.cure}`];
  });
  const rejectedFiles = reports.filter(({ refusal }) => refusal !== null).length;
  const accepted = reports.length - rejectedFiles;
  return [
    row('FILE', '  BARS', 'FIRST BAR ', 'LAST BAR  ', 'ADJUSTMENT'),
    ...lines,
    '',
    `${reports.length} files: ${accepted} accepted, ${rejectedFiles} rejected.`,
  ];
}
