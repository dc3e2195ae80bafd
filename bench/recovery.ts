import { measureCrashes } from './recovery-crashes.ts';
import { measureFreezes } from './recovery-freezes.ts';
import { measureKills } from './recovery-kills.ts';
import { measureListener } from './recovery-listener.ts';
import { measurePoison } from './recovery-poison.ts';
import { measureSilentKills } from './recovery-silent-kills.ts';
import { quantile } from './usage.ts';

/** Times of one kind of recovery, or counts where `unit` says so. */
export interface Recovery {
  readonly name: string;
  readonly values: readonly number[];
  /** What the greatest value, or the 99th percentile, may be. */
  readonly limit: number;
  readonly of: 'p99' | 'max';
  readonly unit: 'ms' | '';
}

const parts: Readonly<Record<string, () => Promise<readonly Recovery[]>>> = {
  kills: measureKills,
  'silent-kills': measureSilentKills,
  freezes: measureFreezes,
  crashes: measureCrashes,
  listener: measureListener,
  poison: measurePoison,
};

/** How long it takes until what was broken is whole again, with the default settings and real processes. Names of parts choose some. */
export async function benchRecovery(...chosen: string[]): Promise<void> {
  let failed = false;
  for (const [name, measure] of Object.entries(parts)) {
    if (chosen.length > 0 && !chosen.includes(name)) continue;
    for (const recovery of await measure()) {
      failed ||= !passes(recovery);
      console.log(describe(recovery));
    }
  }
  // Not by itself: Node 24's clean-up of handles may spin for ever after sockets were reset (seen in `Environment::CleanupHandles`).
  process.exit(failed ? 1 : 0);
}

function passes({ values, limit, of }: Recovery): boolean {
  return values.length > 0 && (of === 'max' ? Math.max(...values) : quantile(values, 0.99)) <= limit;
}

function describe(recovery: Recovery): string {
  const { name, values, limit, of, unit } = recovery;
  const show = (value: number) => `${Math.round(value)}${unit === '' ? '' : ` ${unit}`}`;
  const shares =
    unit === ''
      ? ''
      : `p50 ${show(quantile(values, 0.5))}, p90 ${show(quantile(values, 0.9))}, p99 ${show(quantile(values, 0.99))}, `;
  const verdict = passes(recovery) ? 'reached' : 'NOT REACHED';
  return `${name}: ${shares}max ${show(Math.max(...values))} of ${values.length}; limit ${of} ${show(limit)}: ${verdict}`;
}
