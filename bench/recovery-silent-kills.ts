import { endFleetWorker, startFleetWorker, submitProbe } from '../test/support/fleet.ts';
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

const BATCHES = 5;
const VICTIMS = 20;
const CAPACITY = 2;

/**
 * As a SIGKILL, but the server is not told: the link keeps its side of the connections open, as a host that loses its power does. Only the
 * lease (10 s) tells. Several at once, since each takes that long.
 */
export function measureSilentKills(): Promise<Recovery[]> {
  return withGround(async (ground) => {
    const values: number[] = [];
    for (let batch = 0; batch < BATCHES; batch += 1) values.push(...(await killSilently(ground)));
    return [
      {
        name: 'the same while its connection stays half-open (lease)',
        values,
        limit: 11_000,
        of: 'max',
        unit: 'ms',
      },
    ];
  });
}

async function killSilently(ground: Ground): Promise<number[]> {
  const victims = await Promise.all(
    Array.from({ length: VICTIMS }, () =>
      startFleetWorker(ground.url, { WORKER_CAPACITY: String(CAPACITY) }),
    ),
  );
  const jobId = await submitProbe(ground.db, tickersOf('HOLD', VICTIMS * CAPACITY));
  await untilRunning(ground, jobId, VICTIMS * CAPACITY);
  const survivors = await Promise.all(
    [1, 2].map(() => startFleetWorker(ground.url, { WORKER_CAPACITY: '64' })),
  );
  const losses = await Promise.all(
    victims.map(async (worker) => ({ worker, tickers: await heldBy(ground, jobId, worker) })),
  );
  const killedAt = performance.now();
  for (const { link, process } of victims) {
    link.abandon();
    process.child.kill('SIGKILL');
  }
  const times = (await untilTaken(ground, jobId, losses)).map((takenAt) => takenAt - killedAt);
  await cancel(ground, jobId);
  await Promise.all([...victims, ...survivors].map(endFleetWorker));
  return times;
}
