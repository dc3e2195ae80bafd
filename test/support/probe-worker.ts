import { setTimeout as delay } from 'node:timers/promises';
import { loadConfig } from '../../src/config.ts';
import { sql } from '../../src/db/drizzle.ts';
import { defineTask } from '../../src/jobs/define-task.ts';
import { createLogger } from '../../src/logger.ts';
import { runWorker } from '../../src/main/run-worker.ts';
import { createShutdown } from '../../src/main/shutdown.ts';

/**
 * The worker of production with a task for tests in place of the analyses: what an item does is the first word of its ticker.
 * Each result is a row of `probe_results`, which has no unique key, so that a second one would show.
 */
const KIND = 'probe';
const STEP_MS = Number(process.env.STEP_MS ?? 300);
/** How long a transaction with results of LINGER items stays open. */
const LINGER_MS = 1_000;
const BUSY_MS = Number(process.env.BUSY_MS ?? 0);

const acts: Readonly<Record<string, (ticker: string, signal: AbortSignal) => Promise<void>>> = {
  /** Runs until it is told to stop. */
  HOLD: (_ticker, signal) =>
    new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true })),
  /** Takes its time, as a download does. */
  STEP: () => delay(STEP_MS),
  QUICK: () => Promise.resolve(),
  /** Says every 20 ms that it still acts on the world, for a minute. */
  ACT: async (ticker, signal) => {
    for (let round = 0; round < 3_000 && !signal.aborted; round += 1) {
      console.log(`acts ${ticker} ${Date.now()}`);
      await delay(20);
    }
  },
  /** Blocks the event loop. */
  BUSY: () => {
    const until = performance.now() + BUSY_MS;
    while (performance.now() < until);
    return Promise.resolve();
  },
  ABORT: () => process.abort(),
  /** Grows until the heap's limit ends the process. */
  HOARD: () => {
    const hoard: number[][] = [];
    for (;;) hoard.push(Array.from({ length: 100_000 }, () => Math.random()));
  },
};

const task = defineTask<unknown, null>({
  kind: KIND,
  parse: (options) => options,
  async *run(_input, { ticker, signal }) {
    const [word = ''] = ticker.split('-');
    yield 25;
    await acts[word]?.(ticker, signal);
    yield 50;
    await acts.STEP?.(ticker, signal);
    yield 75;
    return { result: null, facts: {} };
  },
  async save(tx, saved) {
    if (saved.some(({ ticker }) => ticker.startsWith('LINGER'))) {
      console.log('in a transaction');
      await delay(LINGER_MS);
    }
    const column = (of: (item: (typeof saved)[number]) => string) => sql.param(saved.map(of));
    await tx.execute(
      sql`insert into probe_results select * from unnest(${column((item) => item.jobId)}::uuid[], ${column((item) => item.ticker)}::text[])`,
    );
  },
});

const config = loadConfig(null);
const log = createLogger(config.logLevel);
const shutdown = createShutdown({ log, drainMs: config.shutdownDrainMs });
await runWorker(config, config.databaseUrl ?? '', log, shutdown, undefined, () => new Map([[KIND, task]]));
console.log('The worker is ready.');
