import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { ANALYSIS_KIND } from '../../../src/analyses/kind.ts';
import { resolveOptions } from '../../../src/analyses/options.ts';
import { openDatabase } from '../../../src/db/client.ts';
import { sql } from '../../../src/db/drizzle.ts';
import { violatedConstraint } from '../../../src/db/retry.ts';
import type { AnyTask, ItemContext } from '../../../src/jobs/define-task.ts';
import { rescueItems } from '../../../src/jobs/rescue-items.ts';
import { analysisTask, startAnalysisWorker } from '../../support/analysis-worker.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import {
  clearJobs,
  endedJob,
  eventRows,
  inconsistencies,
  jobRow,
  startWorker,
  submit,
} from '../../support/engine.ts';
import { eventually } from '../../support/eventually.ts';
import { type Cut, injectCuts, statementName } from '../../support/faults.ts';
import { run } from '../../support/processes.ts';
import { silent } from '../../support/silent.ts';
import { startWireProxy } from '../../support/wire-proxy.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  expect(await inconsistencies(database.db)).toEqual([]);
  await clearJobs(database.db);
});
afterAll(() => database.close());

const options = resolveOptions({}, '2999-01-01');
const submitOf = (kind: string, tickers = ['AAA']) => submit(database.db, tickers, { kind, options });

/** What a job must have come to, however it was broken: ended well, each result and each last step once. */
async function expectWhole(id: string, tickers: number, where: unknown): Promise<void> {
  const job = await jobRow(database.db, id);
  const events = await eventRows(database.db, id);
  const count = (type: string) => events.filter((event) => event.type === type).length;
  const { rows } = await database.db.execute<{ n: number }>(
    sql`select count(*)::int as n from analyses where job_id = ${id}`,
  );
  const seen = {
    state: job.state,
    succeeded: job.succeeded,
    analyses: rows[0]?.n,
    completed: count('ITEM_COMPLETED'),
    ends: count('JOB_COMPLETED'),
    last: events.at(-1)?.type,
    dense: events.every(({ seq }, i) => seq === i + 1),
  };
  expect({ where, ...seen }).toEqual({
    where,
    state: 'COMPLETED',
    succeeded: tickers,
    analyses: tickers,
    completed: tickers,
    ends: 1,
    last: 'JOB_COMPLETED',
    dense: true,
  });
}

/** The real task under a kind of its own; looks, before it works, whether the tables know that it does. */
function watchedTask(kind: string, wrong: unknown[]): AnyTask {
  const task = analysisTask(database);
  const look = async ({ jobId, ticker, attempt }: ItemContext) => {
    const { rows } = await database.db.execute<{ job: string; item: string; attempt: number }>(sql`
      select j.state as job, i.state as item, i.attempt from jobs j join job_items i on i.job_id = j.id
      where j.id = ${jobId} and i.ticker = ${ticker}`);
    const [row] = rows;
    if (row?.job !== 'PROCESSING' || row.item !== 'PROCESSING' || row.attempt !== attempt) wrong.push(row);
  };
  return {
    ...task,
    kind,
    async *run(input, context) {
      await look(context);
      return yield* task.run(input, context);
    },
  };
}

/** A commit is named after what it commits: workers look for work all the time, and those commits are of nothing. */
function nameOf(text: string, transaction: readonly string[]): string {
  const name = statementName(text);
  const kind = ['claimItems', 'applyOutcomes'].find((one) => transaction.includes(one));
  return name === 'commit' && kind !== undefined ? `commit of ${kind}` : name;
}

/** A worker whose connections can be cut at the nth time that a statement comes since the last submit. */
async function faultyWorker(kind: string, wrong: unknown[]) {
  const opened = openDatabase({ url: database.url, max: 4, applicationName: kind, log: silent });
  let counts = new Map<string, number>();
  let target: { readonly name: string; readonly nth: number; readonly cut: Cut } | null = null;
  let hit = false;
  injectCuts(opened.db, (text, transaction) => {
    const name = nameOf(text, transaction);
    const nth = (counts.get(name) ?? 0) + 1;
    counts.set(name, nth);
    if (hit || target?.name !== name || target.nth !== nth) return null;
    hit = true;
    return target.cut;
  });
  const worker = await startWorker(database.url, opened.db, watchedTask(kind, wrong));
  return {
    /** Runs one job and answers how often each statement came. */
    async life(at: typeof target): Promise<{ counts: ReadonlyMap<string, number>; hit: boolean }> {
      counts = new Map();
      hit = false;
      target = at;
      const id = await submitOf(kind);
      worker.runner.hear([{ about: 'work', id, at: 0 }]);
      await eventually(() => endedJob(database.db, id));
      target = null;
      await expectWhole(id, 1, at);
      return { counts, hit };
    },
    async stop() {
      await worker.stop();
      await opened.close();
    },
  };
}

test('11: with the connection killed before or after any statement of a worker, the job ends well and its work is never unknown', async () => {
  const wrong: unknown[] = [];
  const first = await faultyWorker('lane-0', wrong);
  const { counts } = await first.life(null);
  // The comparison of what is held, the promotion of due jobs, and a transaction that found nothing to do come with the poll, not with every life.
  const lives = [...counts].filter(
    ([name]) => !name.startsWith('select ') && name !== 'commit' && name !== 'promoteFirstDue',
  );
  const names = lives.map(([name]) => name);
  expect(names).toEqual(
    expect.arrayContaining([
      'begin',
      'commit of claimItems',
      'commit of applyOutcomes',
      'claimItems',
      'applyOutcomes',
      'updateJobs',
      'insertEvents',
      'ring',
    ]),
  );
  const points = lives.flatMap(([name, times]) =>
    Array.from({ length: Math.min(times, 6) }, (_, i) => i + 1).flatMap((nth) =>
      (['BEFORE', 'AFTER'] as const).map((cut) => ({ name, nth, cut })),
    ),
  );
  const others = await Promise.all(Array.from({ length: 5 }, (_, i) => faultyWorker(`lane-${i + 1}`, wrong)));
  const hits = new Set<string>();
  const waiting = [...points];
  await Promise.all(
    [first, ...others].map(async (worker) => {
      for (let point = waiting.pop(); point !== undefined; point = waiting.pop()) {
        const { hit } = await worker.life(point);
        if (hit) hits.add(`${point.name} ${point.cut}`);
      }
    }),
  );
  await Promise.all([first, ...others].map((worker) => worker.stop()));
  console.log(`${points.length} cuts over ${names.length} statements`);
  expect([...hits].sort()).toEqual(names.flatMap((name) => [`${name} AFTER`, `${name} BEFORE`]).sort());
  expect(wrong).toEqual([]);
}, 60_000);

/** Runs a job on a worker process that dies by SIGKILL when the nth piece of its claim's conversation goes over the wire. */
async function killAt(piece: number): Promise<{ pieces: number; died: boolean }> {
  const proxy = await startWireProxy(database.url);
  const process = run('worker.mjs', { DATABASE_URL: proxy.url, LOG_LEVEL: 'fatal' });
  await process.said(/The worker is ready/);
  let pieces = 0;
  let talking = false;
  let died = false;
  const look = (bytes: Buffer) => {
    if (bytes.includes('claimItems')) talking = true;
    if (talking) pieces += 1;
    if (pieces !== piece || died) return 'PASS';
    died = true;
    process.child.kill('SIGKILL');
    return 'CUT';
  };
  proxy.toServer = look;
  proxy.toClient = look;
  const tickers = ['AAA', 'BBB', 'CCC'];
  const id = await submitOf(ANALYSIS_KIND, tickers);
  await eventually(async () => died || endedJob(database.db, id));
  // The heir comes once the process is dead, so that it cannot have taken the items before.
  if (died) await process.exited;
  const heir = died ? await startAnalysisWorker(database) : null;
  const rescuer = died ? rescueItems({ db: database.db, leaseMs: 10_000, log: silent }) : null;
  await eventually(() => endedJob(database.db, id));
  await rescuer?.stop();
  await heir?.stop();
  await process.stop('SIGKILL');
  await proxy.close();
  await expectWhole(id, tickers.length, { piece });
  return { pieces, died };
}

test('11: with the worker’s process killed at any point of its talk with the database, the job ends well elsewhere', async () => {
  const { pieces } = await killAt(Number.POSITIVE_INFINITY);
  const points = Array.from({ length: 8 }, (_, i) => 1 + Math.round((i * (pieces - 1)) / 8));
  let deaths = 0;
  for (const piece of points) if ((await killAt(piece)).died) deaths += 1;
  console.log(`${deaths} of ${points.length} killed, at pieces ${points.join(', ')} of ${pieces}`);
  expect(deaths).toBeGreaterThanOrEqual(6);
}, 110_000);

test.each([
  ['running items', `processing = 1, queued = 0`],
  ['ended items', `succeeded = 1, queued = 0`],
  ['a start', `started_at = clock_timestamp()`],
])('11: the table refuses a QUEUED job with %s', async (_name, change) => {
  await submitOf('nobody');
  const refused = database.db
    .execute(sql.raw(`update jobs set ${change}`))
    .then(() => null, violatedConstraint);
  expect(await refused).toBe('jobs_state_machine_check');
});
