import type { Warning } from '../../quant/analyze.ts';
import type { Candles } from '../../quant/candles.ts';
import type { Adjustment } from '../source.ts';
import { adjustBars, type Extra } from './adjust-bars.ts';
import { withoutCarried } from './carried.ts';
import { requireTradingDays } from './check-days.ts';
import { requireInterval } from './check-interval.ts';
import { refuseExchanged, refuseSwapped } from './check-prices.ts';
import { requireAligned } from './check-rows.ts';
import { requireOneSeries, requireOneTable } from './check-tables.ts';
import { requireOneTicker } from './check-tickers.ts';
import { dateOrderOf } from './columns.ts';
import { decideDays } from './decide-days.ts';
import { decode } from './decode.ts';
import { describeColumns } from './describe-columns.ts';
import { resolveFactors } from './factors.ts';
import { currencyOfFile } from './file-currency.ts';
import { orderRows } from './order-rows.ts';
import { isoDaysOf } from './pack-series.ts';
import { type Columns, readNumbers } from './read-numbers.ts';
import { type PlainColumns, readPlain } from './read-plain.ts';
import { RefusedFile, toItemError } from './refusal.ts';
import { type DatedRow, readTable, type Table } from './table.ts';
import { warnOfActions } from './unread-columns.ts';

export interface PriceFile {
  /** Oldest first, each day once; a missing cell is NaN, and without volumes the volume is 0. */
  readonly candles: Candles;
  readonly adjustment: Adjustment;
  /** As `Series.currency`; null: the file does not say it. */
  readonly currency: string | null;
  /** What the file does not say by itself and how it was read. */
  readonly assumptions: readonly Warning[];
  /** What was left out. */
  readonly warnings: readonly Warning[];
}

/** The columns of a file, oldest row first. */
interface FileColumns {
  /** Days since 1970. */
  readonly days: ArrayLike<number>;
  readonly columns: Columns;
  /** Line of a row in the file. */
  readonly lineOf: (row: number) => number;
  readonly currency: string | null;
  readonly assumptions: readonly Warning[];
  readonly warnings: readonly Warning[];
}

/**
 * The daily bars of a file in one of the formats that exporters write. Everything that is not certain is decided by evidence in the
 * file and reported. A file with two readings is refused: wrong bars are worse than none. Throws RefusedFile.
 */
export function readPriceFile(bytes: Uint8Array): PriceFile {
  const plain = readPlain(bytes);
  return toPriceFile(plain === null ? decideColumns(bytes) : describePlain(plain));
}

function describePlain({ header, days, columns }: PlainColumns): FileColumns {
  return {
    days,
    columns: Object.fromEntries(columns),
    lineOf: (row) => row + 2,
    currency: null,
    assumptions: describeColumns(header, []),
    warnings: [],
  };
}

/** What `readPriceFile` reads of a file that `readPlain` does not understand. Throws RefusedFile. */
export function decideColumns(bytes: Uint8Array): FileColumns {
  const { text, assumptions: ofText } = decode(bytes);
  const table = readTable(text);
  const { rows: uncut, warnings: ofRows } = withoutActions(table);
  requireAligned(table.header, uncut, table.separator);
  const rows = blankCutCell(table, uncut);
  const quoted = currencyOfFile(table, rows);
  const cells = rows.map(({ line, dateCell, date }) => ({ line, cell: dateCell, parts: date }));
  const nameOfDate = table.header.cells[table.header.columns.get('date') ?? -1] ?? '';
  const { days, assumptions: ofDates } = decideDays(cells, dateOrderOf(nameOfDate));
  requireInterval(rows.map(({ line, date }, i) => ({ line, day: days[i] ?? 0, timeMs: date.timeMs })));
  const { columns, assumptions: ofNumbers } = readNumbers(table, rows, text);
  requireOneTicker(table.tickers, rows, days, columns);
  requireOneTable(table, days, columns.close);
  requireOneSeries(rows, days, columns.close);
  const { order, warnings: ofOrder, assumptions: ofSorting } = orderRows(rows, days, columns);
  return {
    days: order.map((i) => days[i] ?? 0),
    columns: Object.fromEntries(Object.entries(columns).map(([role, values]) => [role, pick(values, order)])),
    lineOf: (row) => rows[order[row] ?? 0]?.line ?? 0,
    currency: quoted.currency,
    assumptions: [
      ...ofText,
      ...table.assumptions,
      ...describeColumns(table.header, rows),
      ...quoted.assumptions,
      ...ofDates,
      ...ofNumbers,
      ...ofSorting,
    ],
    warnings: [
      ...table.warnings,
      ...quoted.warnings,
      ...ofRows,
      ...ofOrder,
      ...warnOfActions(table.header, rows),
    ],
  };
}

/** Exported for the comparison of the two ways to read. Throws RefusedFile. */
export function toPriceFile(file: FileColumns): PriceFile {
  const { days, columns, lineOf, currency, assumptions, warnings } = withoutCarried(file);
  requireTradingDays(days, lineOf);
  const { volume, assumptions: ofVolume } = volumeOf(columns.volume, days.length);
  const raw: Candles = {
    dates: isoDaysOf(days),
    open: columns.open ?? new Float64Array(),
    high: columns.high ?? new Float64Array(),
    low: columns.low ?? new Float64Array(),
    close: columns.close ?? new Float64Array(),
    volume,
  };
  refuseSwapped(raw, lineOf);
  refuseExchanged(raw, lineOf);
  const extra: Extra = Object.fromEntries(
    (['adjOpen', 'adjHigh', 'adjLow', 'adjClose', 'adjVolume', 'split', 'dividend'] as const).flatMap(
      (role) => {
        const values = columns[role];
        return values === undefined || values.every(Number.isNaN) ? [] : [[role, values]];
      },
    ),
  );
  const { extra: resolved, assumptions: ofFactors } = resolveFactors(raw, extra, columns);
  const { candles, adjustment, ...ofAdjustment } = adjustBars(raw, resolved);
  return {
    candles,
    adjustment,
    currency,
    assumptions: [...assumptions, ...ofVolume, ...ofFactors, ...ofAdjustment.assumptions],
    warnings: [...warnings, ...ofAdjustment.warnings],
  };
}

/** As `readPriceFile`; a refusal is the ItemError BAD_DATA that names the file. */
export function readBars(name: string, bytes: Uint8Array): PriceFile {
  try {
    return readPriceFile(bytes);
  } catch (error) {
    throw error instanceof RefusedFile ? toItemError(name, error.refusal) : error;
  }
}

/** Rows of dividends and splits among the bars, as pages of prices show them: words in place of prices. */
function withoutActions({ header, rows }: Table): {
  readonly rows: readonly DatedRow[];
  readonly warnings: readonly Warning[];
} {
  const openAt = header.columns.get('open') ?? 0;
  const isAction = ({ cells }: DatedRow) =>
    /\p{L}/u.test(cells[openAt] ?? '') && cells.some((cell) => /\b(dividend|split|payout)/i.test(cell));
  const [first, ...more] = rows.filter(isAction);
  if (first === undefined) return { rows, warnings: [] };
  const message = `${more.length + 1} lines of dividends or splits were left out, the first is line ${first.line}.`;
  return { rows: rows.filter((row) => !isAction(row)), warnings: [{ code: 'IGNORED_ROWS', message }] };
}

/** A download that broke off ends within a cell: `11` of `116.48`. The last cell of a last line that is too short is taken as missing. */
function blankCutCell({ header }: Table, rows: readonly DatedRow[]): readonly DatedRow[] {
  const width = header.cells.length;
  const [before, last] = rows.slice(-2);
  if (before === undefined || last === undefined) return rows;
  if (last.cells.length >= width || before.cells.length < width) return rows;
  if (!/^[\d.,-]*$/.test(last.cells.at(-1) ?? '')) return rows;
  return [...rows.slice(0, -1), { ...last, cells: last.cells.slice(0, -1) }];
}

function pick(column: Float64Array, order: readonly number[]): Float64Array {
  const picked = new Float64Array(order.length);
  for (const [i, row] of order.entries()) picked[i] = column[row] ?? Number.NaN;
  return picked;
}

/** Without volumes (currencies, indices) the volume is 0 and the indicators of volume are unavailable. */
function volumeOf(column: Float64Array | undefined, bars: number) {
  if (column !== undefined && !column.every(Number.isNaN)) return { volume: column, assumptions: [] };
  const message = 'There are no volumes: indicators of volume are unavailable.';
  return { volume: new Float64Array(bars), assumptions: [{ code: 'NO_VOLUME', message }] };
}
