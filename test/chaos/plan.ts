import { randomOf } from '../support/series.ts';

export const faultKinds = [
  'KILL_WORKER',
  'KILL_API',
  'FREEZE_WORKER',
  'FREEZE_WORKER_LONG',
  'FREEZE_API',
  'SKEW_WORKER',
  'SKEW_API',
  'TERMINATE_LISTENERS',
  'TERMINATE_ALL',
  'KILL_POSTGRES',
  'RESTART_POSTGRES',
  'STEP_CLOCK',
  'SECOND_SERVER',
  'CONTEND_WATCHLISTS',
  'LOCK_JOBS',
  'EXHAUST_CONNECTIONS',
  'EXHAUST_POOL',
  'FILL_DISK',
  'SPOIL_FILES',
  'DELAY_LINK',
  'SLICE_LINK',
  'RESET_LINK',
  'STALL_LINK',
  'ABANDON_LINK',
  'DEAFEN_LINK',
  'RESET_CLIENTS',
  'ABANDON_CLIENTS',
] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface Fault {
  readonly kind: FaultKind;
  /** Slots of processes: w0, w1 … are workers, a0, a1 … API nodes. Empty for faults of the database. */
  readonly targets: readonly string[];
  /** After the start of its round. */
  readonly startMs: number;
  readonly lengthMs: number;
  /** Clock offset, clock step or delay in ms, slice in bytes; 0 where there is nothing to choose. */
  readonly level: number;
}

export interface Round {
  readonly faults: readonly Fault[];
  /** Quiet time after the last fault of the round is healed. */
  readonly calmMs: number;
}

export interface Slots {
  readonly workers: readonly string[];
  readonly apis: readonly string[];
}

/**
 * While only these faults are active, every request that reaches an API node gets a response from the database: `UNAVAILABLE` would be wrong.
 * A frozen worker is not among them, because it may hold locks of a transaction that it has begun.
 */
const harmless: ReadonlySet<FaultKind> = new Set<FaultKind>([
  'KILL_WORKER',
  'KILL_API',
  'SKEW_WORKER',
  'SKEW_API',
  'STEP_CLOCK',
  'SECOND_SERVER',
  'CONTEND_WATCHLISTS',
  'SPOIL_FILES',
  'RESET_CLIENTS',
  'ABANDON_CLIENTS',
]);

/** Whether the database may be unavailable to API nodes while these faults are active. */
export function disturbsDatabase(faults: readonly Pick<Fault, 'kind'>[]): boolean {
  return faults.some(({ kind }) => !harmless.has(kind));
}

/** Long enough for a lost ring's poll, a look at the invariants, and their limit of 2 s. */
const LONG_CALM_MS = 6_500;
const LONG_CALM_EVERY = 4;

/**
 * What goes wrong, when and where: a pure function of its arguments, so that a seed reproduces a run's faults. Every kind
 * comes up before one repeats.
 */
export function planFaults(seed: number, rounds: number, slots: Slots, leaseMs: number): Round[] {
  const random = randomOf(seed);
  const between = (low: number, high: number) => Math.round(low + random() * (high - low));
  const oneOf = <Value>(values: readonly Value[]): Value =>
    values[Math.floor(random() * values.length)] as Value;
  let bag: FaultKind[] = [];

  /**
   * With a full disk PostgreSQL cannot recover from a crash: that is an outage that ends with the disk, not one to learn from. While the
   * server is down, a second one may start on its data.
   */
  const clashes = (kind: FaultKind, drawn: readonly FaultKind[]) =>
    (needsServer(kind) && drawn.some(isCrash)) || (isCrash(kind) && drawn.some(needsServer));

  function draw(count: number): FaultKind[] {
    const drawn: FaultKind[] = [];
    while (drawn.length < count) {
      if (bag.length === 0) bag = shuffled(faultKinds, random);
      const at = bag.findIndex((kind) => !clashes(kind, drawn));
      if (at < 0) return drawn;
      drawn.push(...bag.splice(at, 1));
    }
    return drawn;
  }

  function targetsOf(kind: FaultKind): string[] {
    if (/_WORKER(_LONG)?$/.test(kind)) return random() < 0.2 ? [...slots.workers] : [oneOf(slots.workers)];
    if (/_API$|_CLIENTS$|_POOL$/.test(kind)) return [oneOf(slots.apis)];
    if (/_LINK$/.test(kind))
      return random() < 0.3 ? [...slots.workers, ...slots.apis] : [oneOf([...slots.workers, ...slots.apis])];
    return [];
  }

  function lengthOf(kind: FaultKind): number {
    // Some freezes and cuts outlast the lease, some end before it.
    if (kind === 'FREEZE_WORKER' || kind === 'STALL_LINK')
      return random() < 0.6 ? leaseMs + between(500, 2_500) : between(200, leaseMs - 500);
    if (kind === 'LOCK_JOBS' || kind === 'EXHAUST_CONNECTIONS' || kind === 'EXHAUST_POOL')
      return between(1_000, 6_000);
    if (kind === 'FREEZE_WORKER_LONG') return between(8_000, 12_000);
    if (kind === 'CONTEND_WATCHLISTS') return between(2_000, 5_000);
    return between(200, 3_000);
  }

  function levelOf(kind: FaultKind): number {
    if (kind === 'SKEW_WORKER') return oneOf([-7_200_000, 7_200_000]);
    if (kind === 'SKEW_API') return oneOf([-90_000, 90_000]);
    if (kind === 'STEP_CLOCK') return oneOf([-60_000, -3_000, 3_000, 60_000]);
    if (kind === 'DELAY_LINK') return between(20, 250);
    if (kind === 'SLICE_LINK') return between(1, 32);
    return 0;
  }

  return Array.from({ length: rounds }, (_, index) => {
    const kinds = draw(1 + Math.floor(random() * 3));
    const faults = kinds.map((kind) => {
      const targets = targetsOf(kind);
      return { kind, targets, startMs: between(0, 1_500), lengthMs: lengthOf(kind), level: levelOf(kind) };
    });
    const calmMs = index % LONG_CALM_EVERY === LONG_CALM_EVERY - 1 ? LONG_CALM_MS : between(100, 800);
    return { faults: faults.sort((a, b) => a.startMs - b.startMs), calmMs };
  });
}

const needsServer = (kind: FaultKind) => kind === 'FILL_DISK' || kind === 'SECOND_SERVER';
const isCrash = (kind: FaultKind) => kind === 'KILL_POSTGRES' || kind === 'RESTART_POSTGRES';

function shuffled<Value>(values: readonly Value[], random: () => number): Value[] {
  const result = [...values];
  for (let i = result.length - 1; i > 0; i -= 1) {
    const j = Math.floor(random() * (i + 1));
    [result[i], result[j]] = [result[j] as Value, result[i] as Value];
  }
  return result;
}
