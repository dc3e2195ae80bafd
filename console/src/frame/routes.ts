/** Pages of the rail, in its order, with the key that goes to each after `g`. */
export const RAIL = [
  ['home', '/', 'h'],
  ['ranking', '/ranking', 'r'],
  ['watchlists', '/watchlists', 'w'],
  ['backtests', '/backtests', 'b'],
  ['jobs', '/jobs', 'j'],
  ['settings', '/settings', 's'],
] as const;

export type PageName = (typeof RAIL)[number][0] | 'result';

/** The name of the page at a path, and the rest of the path. */
export function pageAt(path: string): { readonly name: PageName | null; readonly rest: string } {
  const [, first = '', ...others] = path.split('/');
  const rest = decodeURIComponent(others.join('/'));
  if (first === 'r') return { name: 'result', rest };
  const found = RAIL.find(([, to]) => to === `/${first}`);
  return { name: found?.[0] ?? null, rest };
}
