import type { History } from './history.ts';
import type { Violation } from './violation.ts';

/** After a fault: connections have been made again and queues of requests have gone by then. */
const STEADY_MS = 3_000;
const REFUSED = /is in use by process \d+|still runs on/;

/** What must be so of the database and of its use: lock order, one server for each data directory, and responses by its state. */
export function checkDatabase({
  deadlocks,
  secondServers,
  failedMutations,
  workerWrites,
}: Pick<History, 'deadlocks' | 'secondServers' | 'failedMutations' | 'workerWrites'>): Violation[] {
  const violations: Violation[] = [];
  const blame = (rule: string, detail: string) => violations.push({ rule, detail });
  for (const report of deadlocks.reports) blame('a deadlock is in the log of the server', report);
  if (deadlocks.counted > 0) blame('the server counted deadlocks', String(deadlocks.counted));

  for (const { exit, output, firstResponds } of secondServers) {
    if (exit !== 1 || !REFUSED.test(output)) blame('a second server was not rejected', `${exit}: ${output}`);
    if (!firstResponds) blame('the first server did not go on beside a second one', output);
  }

  for (const { mutation, code, message, steadyMs } of failedMutations) {
    if (code !== 'UNAVAILABLE')
      blame('a mutation failed with an error of no type', `${code} ${message}: ${mutation}`);
    else if (steadyMs >= STEADY_MS)
      blame(
        'a mutation was UNAVAILABLE while the database was there',
        `${Math.round(steadyMs)} ms after the last fault: ${message}: ${mutation}`,
      );
  }

  for (const [process, writes] of Map.groupBy(workerWrites, (write) => write.process)) {
    const isEnded = (workerId: string, by: { id: number; txid: number }) =>
      workerWrites.some(
        ({ worker_id, new_state, id, txid }) =>
          worker_id === workerId &&
          (new_state === 'LOST' || new_state === 'STOPPED') &&
          (id < by.id || txid === by.txid),
      );
    const registrations = writes.filter(({ new_state }) => new_state === 'ALIVE');
    for (const [index, next] of registrations.entries()) {
      const earlier = registrations.slice(0, index).find(({ worker_id }) => !isEnded(worker_id, next));
      if (earlier !== undefined)
        blame('a process had two living workers', `${process}: ${earlier.worker_id} and ${next.worker_id}`);
    }
  }
  return violations;
}
