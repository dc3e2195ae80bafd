import { checkDatabase } from './database-checker.ts';
import type { EventRow, History, ItemRow, JobRow, Submit } from './history.ts';
import { checkSamples } from './sample-checker.ts';
import type { Violation } from './violation.ts';
import { checkWrites, countRescues } from './write-checker.ts';

const finals = new Set(['COMPLETED', 'FAILED', 'CANCELLED']);
/** An item may end as POISON when this many workers died over it. */
const CRASH_LIMIT = 3;

/** Everything that must be true of a run, whatever was injected. An empty answer is a pass. */
export function checkHistory(history: History): Violation[] {
  const jobs = new Map(history.jobs.map((job) => [job.id, job]));
  const items = Map.groupBy(history.items, (item) => item.job_id);
  return [
    ...history.selfExits.map(({ process, code, lastWords }) => ({
      rule: 'a process ended by itself',
      detail: `${process}: ${code}\n${lastWords}`,
    })),
    ...checkSubmits(history, jobs, items),
    ...history.jobs.flatMap((job) => checkJob(job, items.get(job.id) ?? [])),
    ...checkResults(history),
    ...checkLogs(history),
    ...checkFollowers(history, jobs),
    ...checkWrites(history),
    ...checkSamples(history.samples),
    ...checkDatabase(history),
  ];
}

function checkSubmits(
  { submits, jobs, itemWrites }: History,
  byId: ReadonlyMap<string, JobRow>,
  items: ReadonlyMap<string, readonly ItemRow[]>,
): Violation[] {
  const violations: Violation[] = [];
  const blame = (rule: string, detail: string) => violations.push({ rule, detail });
  for (const [key, sharing] of Map.groupBy(jobs, (job) => job.key)) {
    if (key !== null && sharing.length > 1) blame('one key, several jobs', `${key}: ${sharing.length}`);
  }
  const crashes = countRescues(itemWrites);
  for (const submit of submits) {
    const [id = ''] = submit.jobIds;
    if (new Set(submit.jobIds).size !== 1) {
      blame('a key was answered with several jobs', `${submit.key}: ${submit.jobIds.join(' ')}`);
    }
    const job = byId.get(id);
    if (job === undefined) {
      blame('an acknowledged submit is gone', `${submit.key}: ${id}`);
      continue;
    }
    violations.push(...checkEnd(submit, job, items, crashes));
  }
  return violations;
}

function checkEnd(
  submit: Submit,
  job: JobRow,
  itemsOf: ReadonlyMap<string, readonly ItemRow[]>,
  crashes: ReadonlyMap<string, number>,
): Violation[] {
  const { key, expected, cancel } = submit;
  const items = itemsOf.get(job.id) ?? [];
  const violations: Violation[] = [];
  const name = `${key} ${job.id}`;
  const blame = (rule: string, detail: string) => violations.push({ rule, detail: `${name} ${detail}` });
  if (!finals.has(job.state)) blame('an acknowledged submit did not end', `is ${job.state}`);
  if (job.state === 'CANCELLED' && cancel === 'NONE') blame('a job was cancelled that nobody cancelled', '');
  if (job.state !== 'CANCELLED' && cancel === 'ACKNOWLEDGED')
    blame('a cancel was acknowledged and lost', `is ${job.state}`);
  const stored = items.map((item) => item.ticker);
  const wanted = wantedTickers(submit, stored, itemsOf);
  if (wanted.sort().join() !== stored.sort().join())
    blame('the items are not the tickers that were asked for', `${stored} instead of ${wanted}`);
  for (const item of items) {
    if (item.state === expected[item.ticker] || (item.state === 'CANCELLED' && job.state === 'CANCELLED'))
      continue;
    const poisoned =
      item.error_code === 'POISON' && (crashes.get(`${job.id} ${item.ticker}`) ?? 0) >= CRASH_LIMIT;
    if (poisoned || !finals.has(job.state)) continue;
    blame('an item came to the wrong end', `${item.ticker} is ${item.state} ${item.error_code ?? ''}`);
  }
  return violations;
}

/** A list was changed while it was submitted: any of its tickers, but at least one. */
function wantedTickers(
  { tickers, expected }: Submit,
  stored: readonly string[],
  itemsOf: ReadonlyMap<string, readonly ItemRow[]>,
): string[] {
  const known = Object.keys(expected);
  if (tickers === 'GIVEN') return known;
  if (tickers === 'LIST')
    return stored.length > 0 ? known.filter((ticker) => stored.includes(ticker)) : known;
  return (itemsOf.get(tickers.retryOf) ?? [])
    .filter(({ state }) => state === 'FAILED' || state === 'CANCELLED')
    .map(({ ticker }) => ticker);
}

/** Counters equal item states and the state follows from them. */
function checkJob(job: JobRow, items: readonly ItemRow[]): Violation[] {
  const count = (state: string) => items.filter((item) => item.state === state).length;
  const counted = [
    count('QUEUED'),
    count('PROCESSING'),
    count('COMPLETED'),
    count('FAILED'),
    count('CANCELLED'),
    items.length,
  ];
  const said = [job.queued, job.processing, job.succeeded, job.failed, job.cancelled, job.total];
  const violations: Violation[] = [];
  if (counted.join() !== said.join()) {
    violations.push({ rule: 'counters differ from items', detail: `${job.id} says ${said}, has ${counted}` });
  }
  const [queued = 0, processing = 0, succeeded = 0, , cancelled = 0] = counted;
  const ended = queued + processing === 0;
  const derived = cancelled > 0 ? 'CANCELLED' : succeeded > 0 ? 'COMPLETED' : 'FAILED';
  if (ended ? job.state !== derived : finals.has(job.state)) {
    violations.push({
      rule: 'the state does not follow from the items',
      detail: `${job.id} is ${job.state}, has ${counted}`,
    });
  }
  return violations;
}

/** One result for each completed item, none for another. */
function checkResults({ items, results }: History): Violation[] {
  const counts = new Map<string, number>();
  for (const { job_id, ticker } of results)
    counts.set(`${job_id} ${ticker}`, (counts.get(`${job_id} ${ticker}`) ?? 0) + 1);
  return items.flatMap(({ job_id, ticker, state }) => {
    const have = counts.get(`${job_id} ${ticker}`) ?? 0;
    const want = state === 'COMPLETED' ? 1 : 0;
    return have === want
      ? []
      : [{ rule: 'results differ from items', detail: `${job_id} ${ticker} is ${state}, has ${have}` }];
  });
}

const closing: Readonly<Record<string, string>> = {
  COMPLETED: 'JOB_COMPLETED',
  FAILED: 'JOB_FAILED',
  CANCELLED: 'JOB_CANCELLED',
};

/** Each log is 1..lastSeq, ends with the job's end and nothing else, and tells each item's end once. */
function checkLogs({ jobs, items, events }: History): Violation[] {
  const logs = Map.groupBy(events, (event) => event.job_id);
  const ends = Map.groupBy(
    items.filter((item) => item.state === 'COMPLETED' || item.state === 'FAILED'),
    (item) => item.job_id,
  );
  return jobs.flatMap((job) => {
    const log = logs.get(job.id) ?? [];
    const violations: Violation[] = [];
    const blame = (rule: string, detail: string) => violations.push({ rule, detail: `${job.id} ${detail}` });
    if (
      !isCount(
        log.map((event) => event.seq),
        job.last_seq,
      )
    )
      blame('a log has gaps or doubles', `up to ${job.last_seq}`);
    const closings = log.filter((event) => Object.values(closing).includes(event.type));
    const last = closing[job.state];
    const endsWell =
      last === undefined ? closings.length === 0 : closings.length === 1 && log.at(-1)?.type === last;
    if (!endsWell)
      blame('a log does not end as its job did', `${job.state}: ${closings.map((event) => event.type)}`);
    const told = log.filter(isItemEnd).map((event) => `${event.ticker} ${event.type.slice(5)}`);
    const stored = (ends.get(job.id) ?? []).map((item) => `${item.ticker} ${item.state}`);
    if (told.sort().join() !== stored.sort().join())
      blame('a log tells other ends than the items have', told.join());
    return violations;
  });
}

const isItemEnd = ({ type }: EventRow) => type === 'ITEM_COMPLETED' || type === 'ITEM_FAILED';

function checkFollowers({ followers }: History, jobs: ReadonlyMap<string, JobRow>): Violation[] {
  return followers.flatMap(({ name, jobId, seqs, end }) => {
    const last = jobs.get(jobId)?.last_seq ?? 0;
    const violations: Violation[] = [];
    if (end !== 'COMPLETE')
      violations.push({
        rule: 'a subscriber did not come to the end',
        detail: `${name} ${jobId}: ${end} after ${seqs.at(-1)}`,
      });
    if (!isCount(seqs, end === 'COMPLETE' ? last : seqs.length)) {
      violations.push({
        rule: 'a subscriber missed, doubled or reordered events',
        detail: `${name} ${jobId}: ${seqs.join()} of ${last}`,
      });
    }
    return violations;
  });
}

/** True for 1, 2, …, last. */
function isCount(seqs: readonly number[], last: number): boolean {
  return seqs.length === last && seqs.every((seq, i) => seq === i + 1);
}
