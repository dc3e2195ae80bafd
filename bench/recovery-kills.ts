import { endFleetWorker, type FleetWorker, startFleetWorker, submitProbe } from '../test/support/fleet.ts';
import type { Recovery } from './recovery.ts';
import { cancel, heldBy, tickersOf, untilRunning, untilTaken, withGround } from './recovery-fleet.ts';

const KILLS = 100;
const WORKERS = 4;
const ITEMS = 8;

/** SIGKILL of a worker that runs items → the last of them claimed by another. One at a time, the next as soon as the last is rescued. */
export function measureKills(): Promise<Recovery[]> {
  return withGround(async (ground) => {
    const values: number[] = [];
    const fleet = new Set(
      await Promise.all(Array.from({ length: WORKERS }, () => startFleetWorker(ground.url))),
    );
    while (values.length < KILLS) {
      const jobId = await submitProbe(ground.db, tickersOf('HOLD', ITEMS));
      await untilRunning(ground, jobId, ITEMS);
      const victims = await Promise.all(
        [...fleet].map(async (worker) => ({ worker, held: await heldBy(ground, jobId, worker) })),
      );
      const victim = victims.reduce((most, other) => (other.held.length > most.held.length ? other : most));
      const respawned = replace(fleet, victim.worker, ground.url);
      const killedAt = performance.now();
      victim.worker.process.child.kill('SIGKILL');
      const [takenAt = Number.NaN] = await untilTaken(ground, jobId, [
        { worker: victim.worker, tickers: victim.held },
      ]);
      values.push(takenAt - killedAt);
      await cancel(ground, jobId);
      await respawned();
    }
    await Promise.all([...fleet].map(endFleetWorker));
    return [
      {
        name: 'SIGKILL of a worker → its items claimed by another (connection death)',
        values,
        limit: 1_500,
        of: 'p99',
        unit: 'ms',
      },
    ];
  });
}

/** The place of the victim is filled when the rescue has been measured: a start takes a core for half a second. */
function replace(fleet: Set<FleetWorker>, victim: FleetWorker, url: string): () => Promise<void> {
  fleet.delete(victim);
  return async () => {
    await endFleetWorker(victim);
    fleet.add(await startFleetWorker(url));
  };
}
