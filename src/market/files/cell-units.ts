import { refuse } from './refusal.ts';

/** What a number is multiplied with by the unit behind it, in small letters. */
export type Units = ReadonlyMap<string, number>;

const [THOUSAND, MILLION, BILLION, TRILLION] = [1e3, 1e6, 1e9, 1e12];

/** Units behind volumes. */
export const multipliers: Units = new Map(
  (
    [
      [THOUSAND, 'k th thousand tsd tys tis mila bin тыс 千 천'],
      [1e4, '万 萬 만'],
      [1e5, 'l lac lacs lakh lakhs'],
      [MILLION, 'm mn mm mio mil mln mi mill million millions milhões milhão millones млн 백만'],
      [1e7, 'cr crore crores'],
      [1e8, '亿 億 억'],
      [BILLION, 'b bn bil bln bi mrd mld md mia млрд'],
      [TRILLION, 't tn трлн'],
      // Lots of China.
      [100, '手'],
      [MILLION, '万手'],
    ] as const
  ).flatMap(([factor, list]) => list.split(' ').map((unit): [string, number] => [unit, factor])),
);

/** Units that are thousands in some languages, words of headers in these, and units beside which they are the greater ones. */
const doubtful = [
  {
    unit: 't',
    words: /er[öo]ff|schlu(?:ss|ß)|hoch|tief|st(?:ü|ue|u)ck|umsatz|zuletzt/i,
    beside: ['b', 'bn', 'bil'],
  },
  {
    unit: 'mil',
    words: /cierre|m[áa]xim[oa]|m[íi]nim[oa]|fecha|abertura|[úu]ltimo/i,
    beside: ['bil', 'tis', 'tys', 'mld'],
  },
] as const;

/**
 * The units of a column of volumes. `T` is a thousand in German and a trillion in English, `mil` a thousand in Spanish and Portuguese and else a
 * million: the names of the columns decide, or other units in the column. Throws when nothing does.
 */
export function unitsOf(
  names: readonly string[],
  cells: Iterable<{ readonly cell: string; readonly line: number; readonly unit: string }>,
): Units {
  const first = new Map<string, { readonly cell: string; readonly line: number }>();
  for (const one of cells) if (!first.has(one.unit)) first.set(one.unit, one);
  const thousands = doubtful.flatMap(({ unit, words, beside }): [string, number][] => {
    const at = first.get(unit);
    if (at === undefined) return [];
    if (names.some((name) => words.test(name))) return [[unit, THOUSAND]];
    if (beside.some((other) => first.has(other))) return [];
    const why = `${JSON.stringify(at.cell)} may be thousands or ${unit === 't' ? 'trillions' : 'millions'}, and no name of a column decides it.`;
    return refuse('AMBIGUOUS_NUMBERS', why, 'Write volumes as whole numbers, without units.', at);
  });
  return thousands.length === 0 ? multipliers : new Map([...multipliers, ...thousands]);
}
