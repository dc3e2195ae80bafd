import { setTimeout as delay } from 'node:timers/promises';
import { endFleetWorker, type FleetWorker, startFleetWorker, submitProbe } from '../test/support/fleet.ts';
import type { Recovery } from './recovery.ts';
import { type Ground, heldBy, tickersOf, withGround } from './recovery-fleet.ts';

const JOBS = 5;
const NEIGHBOURS = 7;
const WORKERS = 3;
/** Twice this long an item runs: longer than a rescue takes. */
const STEP_MS = '1500';

/** Items that end their worker (`process.abort()`): exactly three crashes each, then POISON; their neighbours are only delayed. */
export function measurePoison(): Promise<Recovery[]> {
  return withGround(async (ground) => {
    const crashes: number[] = [];
    const delays: number[] = [];
    for (let job = 0; job < JOBS; job += 1) {
      const poisoned = await poison(ground);
      crashes.push(poisoned.delays.length);
      delays.push(...poisoned.delays);
    }
    const { rows } = await ground.pool.query<{ ended: boolean }>(
      `select bool_and(case when ticker like 'ABORT%' then error_code = 'POISON' and crashes = 3 else state = 'COMPLETED' end) as ended
       from job_items`,
    );
    const wrong = rows[0]?.ended === true ? 0 : 1;
    return [
      {
        name: 'crashes per poison item, beyond 3',
        values: crashes.map((count) => Math.abs(count - 3)),
        limit: 0,
        of: 'max',
        unit: '',
      },
      { name: 'items that came to a wrong end', values: [wrong], limit: 0, of: 'max', unit: '' },
      {
        name: 'crash → the dead worker holds nothing any more',
        values: delays,
        limit: 1_500,
        of: 'max',
        unit: 'ms',
      },
    ];
  });
}

/** One job with one poison item among others that hold on until the item is given up. */
async function poison(ground: Ground): Promise<{ delays: number[] }> {
  const fleet = new Set(
    await Promise.all(Array.from({ length: WORKERS }, () => startFleetWorker(ground.url, { STEP_MS }))),
  );
  const delays: number[] = [];
  const jobId = await submitProbe(ground.db, ['ABORT-1', ...tickersOf('STEP', NEIGHBOURS)]);
  const watch = async (worker: FleetWorker): Promise<void> => {
    await worker.process.exited;
    if (!fleet.delete(worker)) return;
    const diedAt = performance.now();
    // Not until others run them: what was held at two deaths runs alone, one after the other.
    while ((await heldBy(ground, jobId, worker)).length > 0) await delay(5);
    delays.push(performance.now() - diedAt);
    await add();
  };
  const watching = new Set<Promise<void>>();
  const add = async () => {
    const worker = await startFleetWorker(ground.url, { STEP_MS });
    fleet.add(worker);
    watching.add(watch(worker));
  };
  for (const worker of fleet) watching.add(watch(worker));
  for (;;) {
    const { rows } = await ground.pool.query<{ ended: boolean }>(
      'select finished_at is not null as ended from jobs where id = $1',
      [jobId],
    );
    if (rows[0]?.ended === true) break;
    await delay(20);
  }
  const left = [...fleet];
  fleet.clear();
  await Promise.all(left.map(endFleetWorker));
  await Promise.all(watching);
  return { delays };
}
