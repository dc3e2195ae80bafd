/** Years before the first one of an era. */
const japanese: Readonly<Record<string, number>> = { 令和: 2018, 平成: 1988, 昭和: 1925 };
const MINGUO = 1911;

const ofJapan = /^(令和|平成|昭和)\s*(元|\d{1,2})\s*年/;
/** A year of three digits; in words one of two, too. */
const ofTaiwan =
  /^(?:(?:民國|民国)\s*(\d{2,3})(?=\s*[年/.-])|(1\d\d)(?=\s*年|([-/.])\s*\d{1,2}\3\s*\d{1,2}$))/;

/** A date with its year of the common era: `113/01/02` of Taiwan and `令和6年1月2日` are of 2024. */
export function withCommonYear(cell: string): string {
  return cell
    .replace(ofJapan, (_, era: string, year: string) => `${(japanese[era] ?? 0) + (Number(year) || 1)}年`)
    .replace(ofTaiwan, (_, named?: string, year?: string) => String(MINGUO + Number(named ?? year)));
}

/** Whether a year of a date counts from another era. */
export const hasOtherEra = (cell: string) =>
  withCommonYear(cell.normalize('NFKC')) !== cell.normalize('NFKC');
