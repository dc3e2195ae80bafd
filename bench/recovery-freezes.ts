import { setTimeout as delay } from 'node:timers/promises';
import { readStored } from '../test/chaos/history.ts';
import { checkWrites } from '../test/chaos/write-checker.ts';
import { endFleetWorker, type FleetWorker, startFleetWorker, submitProbe } from '../test/support/fleet.ts';
import type { Recovery } from './recovery.ts';
import {
  cancel,
  type Ground,
  heldBy,
  tickersOf,
  untilRunning,
  untilTaken,
  withGround,
} from './recovery-fleet.ts';

const BATCHES = 7;
const VICTIMS = 8;
const CAPACITY = 4;
/** After the thaw a zombie gets this long to do harm. */
const WATCH_MS = 2_000;

/** SIGSTOP past the lease, another worker takes over, SIGCONT: what does the zombie write, and when does it notice? */
export function measureFreezes(): Promise<Recovery[]> {
  return withGround(async (ground) => {
    const rescued: number[] = [];
    const noticed: number[] = [];
    const tries: number[] = [];
    for (let batch = 0; batch < BATCHES; batch += 1) {
      const frozen = await freeze(ground);
      rescued.push(...frozen.rescued);
      noticed.push(...frozen.noticed);
      tries.push(...frozen.tries);
    }
    const query = async <Row>(text: string) => (await ground.pool.query(text)).rows as Row[];
    const violations = checkWrites(await readStored({ query }));
    const writes = violations.filter(
      ({ rule }) => rule === 'a fenced process wrote' || rule === 'an ended item was written',
    );
    const doubles = await query('select from probe_results group by job_id, ticker having count(*) > 1');
    const sum = tries.reduce((total, count) => total + count, 0);
    return [
      {
        name: 'freeze → items claimed by another (lease)',
        values: rescued,
        limit: 11_000,
        of: 'max',
        unit: 'ms',
      },
      {
        name: 'thaw → FENCED or lease lost in the log',
        values: noticed,
        limit: 1_000,
        of: 'max',
        unit: 'ms',
      },
      {
        name: `zombie writes that changed a row (${rescued.length} thawed zombies, ${sum} writes refused by the fence)`,
        values: [writes.length],
        limit: 0,
        of: 'max',
        unit: '',
      },
      { name: 'second results of an item', values: [doubles.length], limit: 0, of: 'max', unit: '' },
    ];
  });
}

async function freeze(ground: Ground): Promise<{ rescued: number[]; noticed: number[]; tries: number[] }> {
  const victims = await Promise.all(
    Array.from({ length: VICTIMS }, () =>
      startFleetWorker(ground.url, { WORKER_CAPACITY: String(CAPACITY), STEP_MS: '2000' }),
    ),
  );
  const jobId = await submitProbe(ground.db, tickersOf('STEP', VICTIMS * CAPACITY));
  await untilRunning(ground, jobId, VICTIMS * CAPACITY);
  const losses = await Promise.all(
    victims.map(async (worker) => ({ worker, tickers: await heldBy(ground, jobId, worker) })),
  );
  for (const victim of victims) victim.process.child.kill('SIGSTOP');
  const frozenAt = performance.now();
  const survivors = await Promise.all(
    [1, 2].map(() => startFleetWorker(ground.url, { WORKER_CAPACITY: '64', STEP_MS: '2000' })),
  );
  const rescued = (await untilTaken(ground, jobId, losses)).map((takenAt) => takenAt - frozenAt);
  const noticed = await Promise.all(victims.map(thaw));
  await delay(WATCH_MS);
  const tries = victims.map(({ process }) => process.output().split('"FENCED"').length - 1);
  // What stayed behind would have been held at a death, and such items run alone: the next batch would wait for them.
  await cancel(ground, jobId);
  await Promise.all([...victims, ...survivors].map(endFleetWorker));
  return { rescued, noticed, tries };
}

async function thaw({ process }: FleetWorker): Promise<number> {
  const thawedAt = performance.now();
  process.child.kill('SIGCONT');
  await process.said(/"FENCED"|lease lost/);
  return performance.now() - thawedAt;
}
