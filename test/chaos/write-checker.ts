import type { History, ItemWrite } from './history.ts';
import type { Violation } from './violation.ts';

const finals = new Set(['COMPLETED', 'FAILED', 'CANCELLED']);

/**
 * No process writes an item under a claim that is not its own. Each note holds the claim that the write met (old state and fence) and
 * the process that wrote; who claimed that fence is another note.
 */
export function checkWrites({
  itemWrites,
  workerWrites,
  resultWrites,
}: Pick<History, 'itemWrites' | 'workerWrites' | 'resultWrites'>): Violation[] {
  const claims = new Map<number, ItemWrite>();
  const violations: Violation[] = [];
  const blame = (rule: string, write: ItemWrite) =>
    violations.push({
      rule,
      detail: `${write.job_id} ${write.ticker}: ${write.process} wrote ${write.old_state} (${write.old_fence}) → ${write.new_state} (${write.new_fence})`,
    });
  /** Note at which a worker was declared gone, or signed off. */
  const goneAt = new Map<string, number>();
  for (const { id, worker_id, new_state } of workerWrites) {
    if (new_state === 'LOST' || new_state === 'STOPPED')
      goneAt.set(worker_id, Math.min(id, goneAt.get(worker_id) ?? id));
  }
  const registeredBy = new Map(
    workerWrites
      .filter(({ new_state }) => new_state === 'ALIVE')
      .map((write) => [write.worker_id, write.process]),
  );

  for (const write of itemWrites) {
    const { old_state, new_state, old_fence, new_fence, old_worker, new_worker, process } = write;
    if (finals.has(old_state)) {
      blame('an ended item was written', write);
    } else if (old_fence !== new_fence) {
      const grows = new_fence !== null && new_fence > (old_fence ?? 0) && !claims.has(new_fence);
      if (old_state !== 'QUEUED' || new_state !== 'PROCESSING' || !grows)
        blame('a claim took what was not free', write);
      if (new_worker === null || registeredBy.get(new_worker) !== process)
        blame('a claim for another process', write);
      if (new_fence !== null) claims.set(new_fence, write);
    } else if (old_state === 'QUEUED') {
      if (new_state !== 'CANCELLED' && new_state !== 'QUEUED') blame('an item ran without a claim', write);
    } else if (claims.get(old_fence ?? -1)?.process !== process) {
      const cancelled = new_state === 'CANCELLED' && isApi(process);
      const rescued =
        (new_state === 'QUEUED' || new_state === 'FAILED') &&
        old_worker !== null &&
        (goneAt.get(old_worker) ?? Number.POSITIVE_INFINITY) < write.id;
      if (!cancelled && !rescued) blame('a fenced process wrote', write);
    }
  }

  const completions = new Map(
    itemWrites
      .filter(({ new_state }) => new_state === 'COMPLETED')
      .map((write) => [`${write.txid} ${write.job_id} ${write.ticker}`, write]),
  );
  for (const result of resultWrites) {
    const item = `${result.job_id} ${result.ticker}`;
    if (completions.get(`${result.txid} ${item}`)?.process === result.process) continue;
    violations.push({ rule: 'a result without the end of its item', detail: `${item}: ${result.process}` });
  }
  return violations;
}

/** How often each item, `job ticker`, was taken from the process that had claimed it by another worker. */
export function countRescues(itemWrites: readonly ItemWrite[]): Map<string, number> {
  const claimants = new Map<number | null, string>();
  const counts = new Map<string, number>();
  for (const { job_id, ticker, old_fence, new_fence, old_state, new_state, process } of itemWrites) {
    if (old_fence !== new_fence) claimants.set(new_fence, process);
    const ended = old_state === 'PROCESSING' && (new_state === 'QUEUED' || new_state === 'FAILED');
    if (!ended || claimants.get(old_fence) === process) continue;
    counts.set(`${job_id} ${ticker}`, (counts.get(`${job_id} ${ticker}`) ?? 0) + 1);
  }
  return counts;
}

const isApi = (process: string) => process.startsWith('a');
