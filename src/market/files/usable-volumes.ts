import type { Warning } from '../../quant/analyze.ts';
import { isTurnover, qualifiersOf, type Role } from './columns.ts';
import type { Header } from './header.ts';
import { volumeUnitOf } from './volume-units.ts';

/** What the numbers of a column are multiplied with by its name: `Volume (000s)`, `Volumen (miles)`, `出来高（千株）`. */
export function unitOf(name: string): number {
  return qualifiersOf(name).reduce((product, text) => product * (volumeUnitOf(text).factor ?? 1), 1);
}

/** The header with the volumes that count shares or coins for certain. A volume of another unit is left out with a warning. */
export function withUsableVolumes(header: Header): {
  readonly header: Header;
  readonly warnings: readonly Warning[];
} {
  const columns = new Map(header.columns);
  const warnings: Warning[] = [];
  const otherVolumes = header.otherVolumes.filter((at) => faultOf(header, at) === null);
  for (const role of ['volume', 'adjVolume'] as const) {
    const at = columns.get(role);
    const fault = at === undefined ? null : faultOf(header, at);
    if (fault === null) continue;
    const [other] = role === 'volume' ? otherVolumes : [];
    if (other === undefined) columns.delete(role);
    else columns.set(role, other);
    if (other === undefined) warnings.push({ code: 'VOLUME_UNIT_UNKNOWN', message: fault });
  }
  const turnover = header.columns.has('volume') ? undefined : header.cells.find(isTurnover);
  if (turnover !== undefined) {
    const message = `The column ${JSON.stringify(turnover)} is not used as volume: it may be money. Name it "Volume" when it counts shares.`;
    warnings.push({ code: 'VOLUME_UNIT_UNKNOWN', message });
  }
  return { header: { ...header, columns, otherVolumes }, warnings };
}

/** Why the volumes of a column cannot be used; null: they can. */
function faultOf(header: Header, at: number): string | null {
  const name = header.cells[at] ?? '';
  for (const text of qualifiersOf(name)) {
    const unit = volumeUnitOf(text);
    const column = `The column ${JSON.stringify(name)} is not used as volume`;
    if (unit.kind === 'MONEY')
      return `${column}: ${JSON.stringify(text)} is money and not a number of shares.`;
    if (unit.kind === 'LOTS' && !isOfMainland(header))
      return `${column}: the size of a lot (${JSON.stringify(text)}) is known for mainland China alone. Write shares.`;
    if (unit.kind === 'UNKNOWN' && !isLabel(header, text) && !isCoin(header, at, text))
      return `${column}: the meaning of ${JSON.stringify(text)} is not known. Name it "Volume", "Volume (thousands)" or "Volume (millions)".`;
  }
  return null;
}

/** Names in simplified characters: Hong Kong and Taiwan write others. */
const isOfMainland = ({ cells }: Header) => cells.some((cell) => /[开盘价额换涨]/u.test(cell));

const prices: readonly Role[] = ['open', 'high', 'low', 'close'];

/** A text that the names of all prices have, too, is a ticker or a title and no unit. */
export function isLabel({ cells, columns }: Header, text: string): boolean {
  return prices.every((role) => (cells[columns.get(role) ?? -1] ?? '').includes(text));
}

/** `Volume XYZ` beside `Volume USDT`: the coin and the money that were exchanged. */
function isCoin({ cells, columns }: Header, at: number, text: string): boolean {
  if (!/^[A-Z0-9]{2,10}$/.test(text) || columns.get('volume') === undefined) return false;
  const isMoneyOf = (cell: string) => qualifiersOf(cell).some((unit) => volumeUnitOf(unit).kind === 'MONEY');
  return cells.some((cell, i) => i !== at && /^volume\b/i.test(cell) && isMoneyOf(cell));
}
