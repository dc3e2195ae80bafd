/** A longer cell of a header is no name. */
export const LONGEST_NAME = 300;

const brackets = /[([{【〔]([^)\]}】〕]*)[)\]}】〕]/g;

/** Lower-case letters and digits: `Adj. Close**`, `adj_close` and `Close/Last` lose what is between them, and accents. */
export function normalise(cell: string): string {
  return cell
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '')
    .normalize('NFC');
}

/** A name of a column without its brackets, and the texts in them. Brackets of full width count. */
export function splitName(cell: string): { readonly base: string; readonly inside: readonly string[] } {
  const text = cell.normalize('NFKC');
  return {
    base: text.replaceAll(brackets, ''),
    inside: [...text.matchAll(brackets)].map(([, part = '']) => part),
  };
}

/** What follows `in` in a name, in several languages: `Volumen in Tsd. Stück`, `Volumen en miles`; null: there is no such word. */
export function splitAtIn(text: string): { readonly base: string; readonly unit: string } | null {
  const match = /^([^,]{1,60}?)[\s,]+(?:in|en|em|w|v|в)\s+(\S.{0,60})$/iu.exec(text.trim());
  return match === null ? null : { base: match[1] ?? '', unit: match[2] ?? '' };
}
