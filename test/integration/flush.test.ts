import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { ANALYSIS_KIND } from '../../src/analyses/kind.ts';
import { resolveOptions } from '../../src/analyses/options.ts';
import { sql } from '../../src/db/drizzle.ts';
import type { ClaimedItem } from '../../src/jobs/claim.store.ts';
import { claimItems } from '../../src/jobs/claim-items.ts';
import { flushSteps, type ItemSteps, type Step } from '../../src/jobs/flush-steps.ts';
import { createRecorder, type RecorderMetrics } from '../../src/jobs/record-steps.ts';
import { returnOrphans } from '../../src/jobs/rescue-items.ts';
import type { Logger } from '../../src/logger.ts';
import { analysisTask } from '../support/analysis-worker.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  clearJobs,
  deadWorker,
  eventRows,
  inconsistencies,
  jobRow,
  loseWorker,
  submit,
} from '../support/engine.ts';
import { statementName } from '../support/faults.ts';
import { silent } from '../support/silent.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  expect(await inconsistencies(database.db)).toEqual([]);
  await clearJobs(database.db);
});
afterAll(() => database.close());

const tickersOf = (count: number) => Array.from({ length: count }, (_, i) => `T${i}`);

function submitAnalysis(count: number): Promise<string> {
  const options = resolveOptions({}, '2999-01-01');
  return submit(database.db, tickersOf(count), { kind: ANALYSIS_KIND, options });
}

async function claim(count: number): Promise<ClaimedItem[]> {
  return claimItems(database.db, silent, await deadWorker(database.db), [ANALYSIS_KIND], count);
}

/** All steps of an item, as the real task makes them. */
async function stepsOf(item: ClaimedItem): Promise<Step[]> {
  const task = analysisTask(database);
  const run = task.run(task.parse(item.options), { ...item, signal: new AbortController().signal });
  const steps: Step[] = [];
  for (;;) {
    const step = await run.next();
    if (step.done === true) return [...steps, { type: 'COMPLETED', finished: step.value }];
    steps.push({ type: 'PROGRESSED', phase: step.value });
  }
}

const flush = (batch: readonly ItemSteps[]) =>
  flushSteps(database.db, new Map([[ANALYSIS_KIND, analysisTask(database)]]), batch);

test('the statements of a flush are the same, however many items it stores', async () => {
  const names: string[][] = [];
  for (const count of [1, 12, 150]) {
    const id = await submitAnalysis(count);
    const items = await claim(count);
    expect(items).toHaveLength(count);
    const batch = await Promise.all(items.map(async (item) => ({ item, steps: await stepsOf(item) })));
    const began = database.statements.length;
    await flush(batch);
    names.push(database.statements.slice(began).map(statementName));
    expect(await jobRow(database.db, id)).toMatchObject({ state: 'COMPLETED', succeeded: count });
  }
  expect(names[0]).toContain('insertAnalyses');
  expect(names[1]).toEqual(names[0]);
  expect(names[2]).toEqual(names[0]);
});

test('two workers that flush one job at the same time leave each item its steps and the log dense', async () => {
  const { db } = database;
  const id = await submitAnalysis(60);
  const shares = [await claim(30), await claim(30)];
  expect(shares.map((items) => items.length)).toEqual([30, 30]);
  // One step of one item per flush: both wait for the job's lock as often as they can.
  await Promise.all(
    shares.map(async (items) => {
      for (const item of items) {
        for (const step of await stepsOf(item)) await flush([{ item, steps: [step] }]);
      }
    }),
  );
  expect(await jobRow(db, id)).toMatchObject({ state: 'COMPLETED', succeeded: 60 });
  const log = await eventRows(db, id);
  expect(log.map(({ seq }) => seq)).toEqual(log.map((_, i) => i + 1));
  for (const ticker of tickersOf(60)) {
    expect(log.filter((event) => event.ticker === ticker).map(({ phase }) => phase)).toEqual([
      25, 50, 75, 100,
    ]);
  }
  // Neither ran behind the other: the steps of both shares alternate.
  const side = new Map(shares.flatMap((items, i) => items.map(({ ticker }) => [ticker, i] as const)));
  const sides = log.flatMap(({ ticker }) => (ticker === null ? [] : [side.get(ticker)]));
  expect(sides.filter((one, i) => i > 0 && one !== sides[i - 1]).length).toBeGreaterThan(2);
  const { rows } = await db.execute<{ n: number }>(
    sql`select count(*)::int as n from analyses where job_id = ${id}`,
  );
  expect(rows[0]?.n).toBe(60);
});

test.each([
  ['a progress', (steps: readonly Step[]) => steps.slice(0, 1)],
  ['a result', (steps: readonly Step[]) => steps],
  ['a return', (): Step[] => [{ type: 'RETURNED', reason: 'SHUTDOWN' }]],
] as const)(
  'a flush that holds %s of an earlier claim beside a step of the current claim of the item writes the current one alone',
  async (_name, early) => {
    const { db } = database;
    const id = await submitAnalysis(2);
    const [first] = await claim(1);
    if (first === undefined) throw new Error('nothing was claimed');
    await loseWorker(db, first);
    await returnOrphans(db, silent);
    const again = await claim(2);
    const second = again.find(({ ticker }) => ticker === first.ticker);
    const other = again.find(({ ticker }) => ticker !== first.ticker);
    if (second === undefined || other === undefined) throw new Error('the item was not claimed again');
    const steps = await stepsOf(second);
    const flushed = await flush([
      { item: first, steps: early(steps) },
      { item: second, steps: [{ type: 'PROGRESSED', phase: 25 }] },
    ]);
    expect(flushed.fenced).toEqual(new Set([first.fence]));
    expect(await jobRow(db, id)).toMatchObject({ processing: 2, succeeded: 0, progress_sum: 25 });
    expect(await inconsistencies(db)).toEqual([]);
    const { rows } = await db.execute(sql`select from analyses where job_id = ${id}`);
    expect(rows).toEqual([]);
    await flush([{ item: second, steps }]);
    await flush([{ item: other, steps: await stepsOf(other) }]);
    expect(await jobRow(db, id)).toMatchObject({ state: 'COMPLETED', succeeded: 2 });
  },
);

test('a result waits while a migration of a newer version hides a column, and is stored afterwards', async () => {
  const { db } = database;
  const id = await submitAnalysis(1);
  const [item] = await claim(1);
  if (item === undefined) throw new Error('nothing was claimed');
  const refused = Promise.withResolvers<void>();
  const recorder = createRecorder({
    db,
    tasks: new Map([[ANALYSIS_KIND, analysisTask(database)]]),
    log: { ...silent, warn: () => refused.resolve() } as Logger,
  });
  const last = (await stepsOf(item)).at(-1);
  if (last === undefined) throw new Error('the task made no step');
  await db.execute(sql`alter table job_items rename column error_message to renamed`);
  const recorded = recorder.record(item, last);
  await Promise.race([refused.promise, recorded]);
  await db.execute(sql`alter table job_items rename column renamed to error_message`);
  expect(await recorded).toBe('STORED');
  expect(await jobRow(db, id)).toMatchObject({ state: 'COMPLETED', succeeded: 1 });
  await recorder.close(AbortSignal.timeout(1_000));
});

test('a flush stores a limited number of results, also when an item has many', async () => {
  const { db } = database;
  const id = await submitAnalysis(5);
  const items = await claim(5);
  const sizes: number[] = [];
  const observe = { observe: () => undefined, inc: () => undefined };
  const metrics = Object.fromEntries(metricNames.map((name) => [name, observe]));
  const recorder = createRecorder({
    db,
    tasks: new Map([[ANALYSIS_KIND, analysisTask(database)]]),
    log: silent,
    metrics: {
      ...metrics,
      flushSteps: { observe: (size: number) => sizes.push(size) },
    } as unknown as RecorderMetrics,
  });
  const lasts = await Promise.all(items.map(async (item) => (await stepsOf(item)).at(-1)));
  const recorded = items.map((item, i) => {
    const last = lasts[i];
    if (last?.type !== 'COMPLETED') throw new Error('the task did not end');
    // As of a span of days: two fit into a flush of 4,000.
    return recorder.record(item, { ...last, finished: { ...last.finished, weight: 1_900 } });
  });
  expect(new Set(await Promise.all(recorded))).toEqual(new Set(['STORED']));
  expect(sizes).toEqual([2, 2, 1]);
  expect(await jobRow(db, id)).toMatchObject({ state: 'COMPLETED', succeeded: 5 });
  await recorder.close(AbortSignal.timeout(1_000));
});

const metricNames = [
  'flushSeconds',
  'flushSteps',
  'flushRetries',
  'itemsEnded',
  'itemsReturned',
  'fencedSteps',
];
