import { type DecimalSign, type NumberColumn, toNumber } from './numbers.ts';
import { refuse } from './refusal.ts';

/** A separator that is read in the wrong way makes a price its thousandth; splits are smaller. */
const JUMP = 150;

/** Whether a price is a thousandth of another one of its row or of the row before, when this sign is the decimal one. */
export function showsJumps(prices: readonly NumberColumn[], decimal: DecimalSign): boolean {
  const rows = prices[0]?.cells.length ?? 0;
  let [low, high] = [0, 0];
  for (let row = 0; row < rows; row += 1) {
    const found = prices
      .map(({ cells }) => toNumber(cells[row] ?? '', decimal, null) ?? Number.NaN)
      .filter((price) => price > 0);
    if (found.length === 0) continue;
    const [least, most] = [Math.min(...found), Math.max(...found)];
    if (most > JUMP * least || (low > 0 && (most > JUMP * low || high > JUMP * least))) return true;
    [low, high] = [least, most];
  }
  return false;
}

/** Points and 32nds of a point, their halves and quarters: `104'055` are 104 and 5.5/32. A rounded price may have all 32. */
const bond = /^(\d{2,3})['’.](?:(?:[0-2]\d|3[01])[0257]|320)$/;
/** Decimals are 32nds by chance in fewer cells, or in prices that stay between two points. */
const [CELLS_WITH_POINT, POINTS] = [40, 3];

/** Throws where an apostrophe or a point may part points from 32nds, as in prices of treasury futures. */
export function refuseBonds(prices: readonly NumberColumn[]): void {
  const [column] = prices;
  const at = column?.cells.findIndex((cell) => /\d/.test(cell)) ?? -1;
  const cell = column?.cells[at] ?? '';
  if (column === undefined || !bond.test(cell)) return;
  const filled = prices.flatMap(({ cells }) => cells.filter((one) => /\d/.test(one)));
  if (!filled.every((one) => bond.test(one))) return;
  const [points, parts = ''] = cell.split(/['’.]/);
  const spanned = new Set(filled.map((one) => bond.exec(one)?.[1]));
  const isPoint = cell.includes('.');
  if (isPoint && (filled.length < CELLS_WITH_POINT || spanned.size < POINTS)) return;
  const other = isPoint ? cell : `${points}${parts}`;
  const why = `${JSON.stringify(cell)} may be ${other}, or ${points} and ${Number(parts) / 10}/32 as of bonds.`;
  refuse('AMBIGUOUS_NUMBERS', why, 'Write prices with a decimal point, and with two or four decimals.', {
    line: column.lines[at] ?? 0,
    cell,
  });
}
