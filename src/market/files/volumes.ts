import type { Warning } from '../../quant/analyze.ts';

/** Bars on each side of a split whose volumes are compared. */
const WINDOW = 20;
const FEWEST = 5;
/** A smaller split moves the volume no further than a busy week does. */
const CLEAR_SPLIT = Math.log(1.9);
/** Volumes that move by less than this share of the splits are adjusted for them. */
const ADJUSTED_SHARE = 0.35;

/**
 * Whether volumes are adjusted for splits already, as some vendors give them beside unadjusted prices: across the splits the usual volume stays
 * about the same. `ratios` are new shares for an old one by the index of the first bar after a split.
 */
export function showsAdjustedVolume(volume: Float64Array, ratios: ReadonlyMap<number, number>): boolean {
  let [moved, expected] = [0, 0];
  for (const [i, ratio] of ratios) {
    const size = Math.log(ratio);
    const before = usualOf(volume.subarray(Math.max(0, i - WINDOW), i));
    const after = usualOf(volume.subarray(i, i + WINDOW));
    if (before === null || after === null || Math.abs(size) < CLEAR_SPLIT) continue;
    moved += Math.log(after / before) * Math.sign(size);
    expected += Math.abs(size);
  }
  return expected > 0 && Math.abs(moved) < ADJUSTED_SHARE * expected;
}

/** The median of the volumes; null: there are too few. */
function usualOf(volumes: Float64Array): number | null {
  return volumes.filter((volume) => volume > 0).length < FEWEST ? null : medianOf(volumes);
}

function medianOf(values: Float64Array): number {
  const sorted = values.filter((value) => value > 0).sort();
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

const LOT = 100;
/** Money over volume times price: in shares and currency it is 1, in lots of 100 shares one of these. */
const LOT_SHARES = [
  { share: 100, money: 'units' },
  { share: 0.1, money: 'thousands' },
  { share: 0.01, money: 'ten thousands' },
] as const;
const LOT_TOLERANCE = 0.05;

/** Multiplies volumes that count lots of 100 shares, as in China, where the money that was traded shows it. */
export function scaleLots(
  volume: Float64Array | undefined,
  close: Float64Array | undefined,
  amount: Float64Array | null,
): Warning[] {
  if (volume === undefined || close === undefined || amount === null) return [];
  const money = moneyOf(volume, close, amount);
  if (money === null) return [];
  for (const [i, lots] of volume.entries()) volume[i] = lots * LOT;
  const message = `Volumes are multiplied by ${LOT}: the money that was traded (in ${money}) shows that they count lots.`;
  return [{ code: 'VOLUME_UNIT', message }];
}

/** The unit of the money when volumes count lots; null: they do not. */
function moneyOf(volume: Float64Array, close: Float64Array, amount: Float64Array): string | null {
  const shares = volume.map((lots, i) => (amount[i] ?? Number.NaN) / (lots * (close[i] ?? Number.NaN)));
  const known = shares.filter((share) => share > 0 && share < Infinity);
  if (known.length < FEWEST || known.length < volume.length / 2) return null;
  const usual = medianOf(known);
  return LOT_SHARES.find(({ share }) => Math.abs(usual / share - 1) < LOT_TOLERANCE)?.money ?? null;
}
