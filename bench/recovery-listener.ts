import { setTimeout as delay } from 'node:timers/promises';
import { LISTENING } from '../test/chaos/inject.ts';
import type { Recovery } from './recovery.ts';
import { withCluster } from './recovery-crashes.ts';

const ROUNDS = 10;

/** Every connection of a process goes silent without a close → it listens on a new one. */
export function measureListener(): Promise<Recovery[]> {
  return withCluster(async (postgres, cluster) => {
    const values: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      await Promise.all(
        [...cluster.slots.values()].map(async ({ name, link }) => {
          const [clock] = await postgres.query<{ now: string }>('select clock_timestamp()::text as now');
          link.abandon();
          const cutAt = performance.now();
          for (;;) {
            const [row] = await postgres.query<{ listens: boolean }>(
              `select exists (select from pg_stat_activity where application_name like $1 and backend_start > $2::timestamptz and ${LISTENING}) as listens`,
              [`${name}.%`, clock?.now],
            );
            if (row?.listens === true) break;
            await delay(20);
          }
          values.push(performance.now() - cutAt);
          link.heal();
        }),
      );
      // Not always at the same moment between two liveness checks.
      await delay(1_000 * Math.random());
    }
    return [
      {
        name: 'LISTEN connection half-open → listens on a new one',
        values,
        limit: 4_000,
        of: 'max',
        unit: 'ms',
      },
    ];
  });
}
