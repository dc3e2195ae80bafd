import type { Warning } from '../../quant/analyze.ts';
import { refuseBonds, showsJumps } from './judge-prices.ts';
import { type DecimalSign, type NumberColumn, partsOf } from './numbers.ts';
import { refuse } from './refusal.ts';

/** What decides between a decimal point and a decimal comma. */
export interface NumberEvidence {
  readonly prices: readonly NumberColumn[];
  readonly volumes: readonly NumberColumn[];
  /** Columns that are not used, and dividends: changes, percent, turnover. */
  readonly others: () => readonly NumberColumn[];
  readonly separator: string;
  /** Numbers with a point stand without quotes between commas, or in a file of a program that writes decimal points. */
  readonly isPointPlain: () => boolean;
}

type Reading = DecimalSign | 'EITHER';

/** Which sign must be the decimal one; `EITHER`: both readings are numbers; null: there is no separator. */
function evidenceOf(body: string, unit: string | null): Reading | null {
  const points = body.split('.').length - 1;
  const commas = body.split(',').length - 1;
  if (points === 0 && commas === 0) return null;
  if (points > 0 && commas > 0) return body.lastIndexOf('.') > body.lastIndexOf(',') ? '.' : ',';
  const own = points > 0 ? '.' : ',';
  // More than one: thousands, so that the other sign is the decimal one.
  if (points + commas > 1) return otherThan(own);
  const [before = '', after = ''] = body.split(own);
  // `1.234M` has decimals: thousands of millions are written as billions.
  const mayBeThousands = unit === null && after.length === 3 && /^[1-9]\d{0,2}$/.test(before);
  return mayBeThousands ? 'EITHER' : own;
}

const otherThan = (sign: DecimalSign): DecimalSign => (sign === '.' ? ',' : '.');

interface Seen {
  readonly cell: string;
  readonly line: number;
}

/** The cells that decide, one for each reading. */
function gather(columns: readonly NumberColumn[]): Partial<Record<Reading, Seen>> {
  const seen: Partial<Record<Reading, Seen>> = {};
  for (const { cells, lines } of columns) {
    for (const [i, cell] of cells.entries()) {
      if (!cell.includes(',') && (seen['.'] !== undefined || !cell.includes('.'))) continue;
      const parts = partsOf(cell);
      const evidence = parts === null ? null : evidenceOf(parts.body, parts.unit);
      if (evidence !== null && seen[evidence] === undefined) seen[evidence] = { cell, line: lines[i] ?? 0 };
    }
  }
  return seen;
}

/**
 * Whether numbers have a decimal point or a decimal comma, decided by all numbers of the file: `1,234` may be 1234 or 1.234. Throws
 * when cells contradict each other, or when nothing decides.
 */
export function decideDecimal(evidence: NumberEvidence): {
  readonly decimal: DecimalSign;
  readonly assumptions: readonly Warning[];
} {
  refuseBonds(evidence.prices);
  const { decimal, assumed } = decide(evidence);
  const comma = { code: 'DECIMAL_COMMA', message: 'Numbers have a decimal comma.' };
  return { decimal, assumptions: [...(decimal === ',' ? [comma] : []), ...assumed] };
}

interface Decided {
  readonly decimal: DecimalSign;
  /** Assumptions for the report. The list is empty when a number of the file proves the decimal sign. */
  readonly assumed: readonly Warning[];
}

const certain = (decimal: DecimalSign): Decided => ({ decimal, assumed: [] });

function decide(evidence: NumberEvidence): Decided {
  const { prices, volumes } = evidence;
  const all = gather([...prices, ...volumes]);
  const [point, comma] = [all['.'], all[',']];
  if (point !== undefined && comma !== undefined) refuseMixed(point, comma);
  if (point !== undefined) return certain('.');
  if (comma !== undefined) return certain(',');
  if (all.EITHER === undefined) return certain('.');
  const ofOthers = decideByOthers(evidence.others());
  if (ofOthers !== null) return certain(ofOthers);
  const ofPrices = gather(prices).EITHER;
  const either = ofPrices ?? all.EITHER;
  const sign = either.cell.includes(',') ? ',' : '.';
  const ofNumbers = ofPrices === undefined ? decideByVolumes(evidence, sign) : decideByMoves(prices, sign);
  if (ofNumbers !== null) return certain(ofNumbers);
  const columns = ofPrices === undefined ? prices : [...prices, ...volumes];
  const isDecimal =
    decideByLength(columns, evidence, sign) !== null || (sign === '.' && evidence.isPointPlain());
  if (!isDecimal) return refuseBoth(either, sign);
  const message = `${JSON.stringify(either.cell)} on line ${either.line} is ${either.cell.replace(',', '.')} by the way in which the file is written: no number decides it.`;
  return { decimal: sign, assumed: [{ code: 'DECIMALS', message }] };
}

/** What columns beside prices and volumes show, where they do not contradict each other. */
function decideByOthers(others: readonly NumberColumn[]): DecimalSign | null {
  const plain = others.map((column) => ({
    ...column,
    cells: column.cells.map((cell) => cell.replace(/\s*%$/, '')),
  }));
  const { '.': point, ',': comma } = gather(plain);
  if ((point === undefined) === (comma === undefined)) return null;
  return point === undefined ? ',' : '.';
}

/** A price does not become its thousandth: `998` and `1,002` on the next day are thousands, `104` and `104,168` decimals. */
function decideByMoves(prices: readonly NumberColumn[], sign: DecimalSign): DecimalSign | null {
  const asDecimals = showsJumps(prices, sign);
  const asThousands = showsJumps(prices, otherThan(sign));
  if (asDecimals === asThousands) return null;
  return asDecimals ? otherThan(sign) : sign;
}

/**
 * Numbers of four digits or more without a separator show that a file does not part thousands, blanks or apostrophes that another sign does. This
 * decides for commas between semicolons alone, which is how programs write decimal commas.
 */
function decideByLength(
  columns: readonly NumberColumn[],
  { separator }: NumberEvidence,
  sign: DecimalSign,
): DecimalSign | null {
  const shows = columns.some(({ cells }) => cells.some((cell) => isLong(cell) || isGrouped(cell)));
  return shows && (sign === '.' || separator === ';') ? sign : null;
}

const isLong = (cell: string) => /^[1-9]\d{3,}$/.test(cell);
const isGrouped = (cell: string) => /\d['’\s\u00a0\u202f]\d/.test(cell) && partsOf(cell)?.isGrouped === true;

/** Prices are whole: volumes alone have separators. */
function decideByVolumes({ volumes }: NumberEvidence, sign: DecimalSign): DecimalSign | null {
  if (volumes.some(({ cells }) => cells.some((cell) => isLong(cell) || isGrouped(cell)))) return sign;
  // Of three decimals whose zeros are left out, most would have one or two.
  if (volumes.some(({ cells }) => cells.some((cell) => /^[1-9]\d{0,2}$/.test(cell)))) return otherThan(sign);
  return null;
}

function refuseMixed(point: Seen, comma: Seen): never {
  const [first, second] = point.line <= comma.line ? [point, comma] : [comma, point];
  const why = `Numbers are written in two ways: ${JSON.stringify(first.cell)} on line ${first.line} and ${JSON.stringify(second.cell)} on line ${second.line}.`;
  return refuse(
    'MIXED_NUMBERS',
    why,
    'Write all numbers with a decimal point and without thousands separators.',
    second,
  );
}

function refuseBoth(either: Seen, sign: DecimalSign): never {
  const [whole, fraction] = [either.cell.replaceAll(/[.,]/g, ''), either.cell.replace(',', '.')];
  const why = `${JSON.stringify(either.cell)} may be ${whole} or ${fraction}, and no number of the file decides whether "${sign}" parts thousands or decimals.`;
  return refuse(
    'AMBIGUOUS_NUMBERS',
    why,
    'Write prices with a decimal point and with two or four decimals, without thousands separators.',
    either,
  );
}
