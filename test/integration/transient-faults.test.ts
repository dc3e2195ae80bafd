import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startAnalysisWorker } from '../support/analysis-worker.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { clearJobs, endedJob, inconsistencies } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { refuseWrites } from '../support/faults.ts';
import { countRows } from '../support/snapshot.ts';

let database: TestDatabase;
let api: TestApi;

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startApi(database.url);
});
afterEach(async () => {
  expect(await inconsistencies(database.db)).toEqual([]);
  await clearJobs(database.db);
});
afterAll(async () => {
  await api.close();
  await database.close();
});

/** Errors of PostgreSQL that pass by themselves, and how often a submit is tried before its client is told. */
const faults = [
  ['40001', 'serialization failure', 4],
  ['40P01', 'deadlock', 4],
  ['08006', 'connection failure', 1],
  ['25006', 'the server was demoted and reads only', 1],
  ['53300', 'too many connections', 1],
  ['57P01', 'administrator’s shutdown', 1],
  ['57P02', 'crash shutdown', 1],
  ['57P03', 'cannot connect now', 1],
] as const;

describe.each(faults)('SQLSTATE %s (%s)', (code, _name, tries) => {
  test(`is answered as UNAVAILABLE after ${tries} tries, nothing is stored, and the repeat makes one job`, async () => {
    const fault = await refuseWrites(database.db, 'job_items', code);
    const request = { tickers: ['A', 'B'], source: 'DEMO', idempotencyKey: code };
    await expect(api.submit(request)).rejects.toThrow(/"code":"UNAVAILABLE".*"retryable":true/);
    expect(await fault.refused()).toBe(tries);
    await fault.lift();
    expect(await countRows(database.db)).toMatchObject({ jobs: 0, job_items: 0, job_events: 0 });
    expect(await api.submit(request)).toMatchObject({ deduplicated: false });
    expect(await api.submit(request)).toMatchObject({ deduplicated: true });
  });

  test('costs a worker another try of its flush and the job nothing', async () => {
    const { job } = await api.submit({ tickers: ['A', 'B'], source: 'DEMO', force: true });
    const fault = await refuseWrites(database.db, 'job_events', code, [1, 3, 4, 5, 6, 7]);
    const worker = await startAnalysisWorker(database);
    const ended = await eventually(() => endedJob(database.db, job.uuid));
    expect(await fault.refused()).toBeGreaterThan(1);
    await fault.lift();
    await worker.stop();
    expect(ended).toMatchObject({ state: 'COMPLETED', succeeded: 2 });
    expect(await countRows(database.db)).toMatchObject({ analyses: 2 });
  });
});
