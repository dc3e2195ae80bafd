import { setTimeout as delay } from 'node:timers/promises';
import { quantile } from './usage.ts';

/** One way to run no-op tasks on a PostgreSQL, as the benchmark drives it. */
export interface Contestant {
  /** Where its tables are. */
  readonly schema: string;
  /** Stores tasks in bulk, before any worker runs. */
  fill(count: number): Promise<unknown>;
  start(): Promise<unknown>;
  /** Submits one task as a client would. */
  add(): Promise<unknown>;
  /** Tasks that have not ended. */
  remaining(): Promise<number>;
  stop(): Promise<unknown>;
}

export type OpenContestant = (url: string, onStart: () => void) => Promise<Contestant>;

export interface Measured {
  readonly schema: string;
  readonly itemsPerSecond: number;
  /** User and system time of the worker's process per item, µs. */
  readonly cpuPerItem: number;
  readonly startP50: number;
  readonly startP99: number;
}

/** Rounds before the ones that count. */
const WARM_UP = 20;

/** Ends when all tasks are stored as ended. Looks seldom, so that looking costs nothing; the error is one pause. */
async function untilDone(contestant: Contestant, started: () => number, count: number): Promise<void> {
  while (started() < count) await delay(5);
  while ((await contestant.remaining()) > 0) await delay(5);
}

/**
 * Throughput of `count` tasks that wait when the worker starts, then the time from the call that adds one task to the start of its handler, one at a time
 * on the idle worker. `around` is called before and after the counted tasks run.
 */
export async function measure(
  open: OpenContestant,
  url: string,
  load: { readonly count: number; readonly rounds: number },
  around: (moment: 'BEFORE' | 'AFTER') => Promise<void>,
): Promise<Measured> {
  let started = 0;
  let bell: (() => void) | null = null;
  const contestant = await open(url, () => {
    started += 1;
    bell?.();
  });
  await contestant.fill(load.count);
  await around('BEFORE');
  const cpuBefore = process.cpuUsage();
  const began = performance.now();
  await contestant.start();
  await untilDone(contestant, () => started, load.count);
  const tookMs = performance.now() - began;
  const cpu = process.cpuUsage(cpuBefore);
  await around('AFTER');

  const delays: number[] = [];
  for (let round = 0; round < WARM_UP + load.rounds; round += 1) {
    const start = Promise.withResolvers<void>();
    bell = start.resolve;
    const sentAt = performance.now();
    const adding = contestant.add();
    await start.promise;
    const took = performance.now() - sentAt;
    await adding;
    if (round >= WARM_UP) delays.push(took);
    await delay(2 + Math.random() * 8);
  }
  await contestant.stop();
  return {
    schema: contestant.schema,
    itemsPerSecond: (1_000 * load.count) / tookMs,
    cpuPerItem: (cpu.user + cpu.system) / load.count,
    startP50: quantile(delays, 0.5),
    startP99: quantile(delays, 0.99),
  };
}
