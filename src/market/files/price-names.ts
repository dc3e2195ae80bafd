import type { Warning } from '../../quant/analyze.ts';
import { isAdjustmentMark, qualifiersOf, type Role } from './columns.ts';
import { isMoney } from './currencies.ts';
import type { Header } from './header.ts';
import { isLabel } from './usable-volumes.ts';

const prices: readonly Role[] = ['open', 'high', 'low', 'close', 'adjOpen', 'adjHigh', 'adjLow', 'adjClose'];
/** Words that say which price it is, and nothing about its unit. */
const neutral =
  /^(?:local|raw|nominal|last|price|close|settle(?:ment)?|mid|bid|ask|daily|day|utc|eod|official|regular|prev(?:ious)?|24h)$/i;
/** A title of a ticker; a single letter may be a unit. */
const ticker = /^[A-Z0-9.^=&_ -]{2,20}$/;

/** Qualifiers of prices that are not understood: `Close (c)`. Prices are used as they are written. */
export function aboutPriceNames(header: Header): Warning[] {
  const { cells, columns } = header;
  const names = prices.flatMap((role) => {
    const name = cells[columns.get(role) ?? -1];
    return name === undefined || !hasUnknown(header, name) ? [] : [JSON.stringify(name)];
  });
  if (names.length === 0) return [];
  const message = `What is in brackets or behind "in" is not known in ${[...new Set(names)].join(', ')}: prices are used as they are written.`;
  return [{ code: 'COLUMN_NAME', message }];
}

function hasUnknown(header: Header, name: string): boolean {
  return qualifiersOf(name).some((text) => {
    const isKnown = isMoney(text) || isAdjustmentMark(text) || neutral.test(text.trim());
    return !isKnown && !(ticker.test(text) && isLabel(header, text));
  });
}
