export interface Difference {
  /** |ours - theirs| / max(|theirs|, mean |theirs| of the series). */
  readonly worst: number;
  /** Index of the first value. */
  readonly starts: { readonly ours: number; readonly theirs: number };
  readonly compared: number;
}

/** Over all bars on which both have a value. A bar on which only one has, after both have started, counts as infinitely different. */
export function compareLines(ours: Float64Array, theirs: readonly number[]): Difference {
  const finite = theirs.filter(Number.isFinite);
  const scale = finite.reduce((total, value) => total + Math.abs(value), 0) / finite.length;
  const starts = { ours: ours.findIndex(Number.isFinite), theirs: theirs.findIndex(Number.isFinite) };
  let worst = 0;
  let compared = 0;
  const from = Math.max(starts.ours, starts.theirs);
  for (let i = Math.max(from, 0); i < ours.length; i += 1) {
    const [a = Number.NaN, b = Number.NaN] = [ours[i], theirs[i]];
    if (Number.isFinite(a) !== Number.isFinite(b)) worst = Number.POSITIVE_INFINITY;
    if (!Number.isFinite(a) || !Number.isFinite(b)) continue;
    compared += 1;
    worst = Math.max(worst, a === b ? 0 : Math.abs(a - b) / Math.max(Math.abs(b), scale));
  }
  return { worst, starts, compared };
}
