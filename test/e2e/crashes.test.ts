import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect } from '../../packages/client/src/connect.ts';
import { followJob } from '../../packages/client/src/follow-job.ts';
import { migrate } from '../../src/db/migrate.ts';
import { type Cluster, startCluster } from '../chaos/cluster.ts';
import { toGlobal } from '../chaos/load.ts';
import { type CrashingPostgres, startCrashingPostgres } from '../chaos/postgres.ts';
import { apiAt, type TestApi } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { TEST_KEY } from '../support/key.ts';
import { temporaryDirectory } from '../support/processes.ts';
import { silent } from '../support/silent.ts';

/** Outages in ms; kill -9 of the postmaster and immediate shutdowns in turn. */
const DOWN_MS = [0, 500, 2_000, 0, 1_000, 0];
/** Acknowledged before each of them. */
const JOBS_EACH = 10;

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let postgres: CrashingPostgres;
let cluster: Cluster;
let api: TestApi;

beforeAll(async () => {
  directory = await temporaryDirectory();
  let aimLinks: (port: number) => void = () => undefined;
  postgres = await startCrashingPostgres(join(directory.path, 'data'), {}, (port) => aimLinks(port));
  await migrate(postgres.url(), silent);
  cluster = await startCluster({
    slots: { workers: ['w0', 'w1'], apis: ['a0'] },
    databaseUrl: postgres.url,
    env: { LOG_LEVEL: 'warn' },
  });
  aimLinks = cluster.aimLinks;
  cluster.aimLinks(Number(new URL(postgres.url()).port));
  await cluster.allReady(30_000);
  api = apiAt(cluster.urls[0] ?? '');
});
afterAll(async () => {
  await api.close();
  await cluster.stop();
  await postgres.stop();
  await directory.remove();
});

/** Submits under one key until it is acknowledged. */
async function submit(key: string): Promise<string> {
  const input = { tickers: ['A', 'B', 'C'], source: 'DEMO', idempotencyKey: key };
  const { job } = await eventually(() => api.submit(input).catch(() => null), 30_000);
  return job.uuid;
}

test('PostgreSQL killed and stopped at once again and again, under load: the API is back within 2 s of it, every acknowledged job ends, no event is lost or doubled, no process ends', async () => {
  const starts = cluster.starts();
  const client = connect(cluster.urls[0] ?? '', { key: TEST_KEY });
  const followed: Promise<{ id: string; seqs: number[] }>[] = [];
  const follow = async (id: string) => {
    const seqs: number[] = [];
    for await (const { seq } of followJob(client, toGlobal(id))) seqs.push(seq);
    return { id, seqs };
  };
  let going = true;
  const load = (async () => {
    for (let n = 0; going; n += 1) followed.push(follow(await submit(`k${n}`)));
  })();
  const answered: number[] = [];
  for (const [round, downMs] of DOWN_MS.entries()) {
    const count = followed.length;
    await eventually(async () => followed.length >= count + JOBS_EACH);
    await postgres.crash(round % 2 === 0 ? 'SIGKILL' : 'SIGQUIT', downMs);
    const backAt = performance.now();
    await eventually(async () => {
      const { data } = await api
        .post('{ jobs(first: 1) { edges { cursor } } }')
        .catch(() => ({ data: null }));
      return data != null;
    });
    answered.push(performance.now() - backAt);
  }
  going = false;
  await load;
  const ends = await Promise.all(followed);
  await client.close();
  const jobs = await postgres.query<{ id: string; state: string; succeeded: number; last_seq: number }>(
    'select id, state, succeeded, last_seq from jobs',
  );
  expect(jobs).toHaveLength(ends.length);
  const rows = new Map(jobs.map((job) => [job.id, job]));
  for (const { id, seqs } of ends) {
    expect(rows.get(id)).toMatchObject({ state: 'COMPLETED', succeeded: 3, last_seq: seqs.length });
    expect(seqs).toEqual(seqs.map((_, i) => i + 1));
  }
  const [results] = await postgres.query<{ n: number }>('select count(*)::int as n from analyses');
  expect(results).toEqual({ n: 3 * ends.length });
  console.log(
    `${ends.length} jobs over ${DOWN_MS.length} crashes; answers after ${answered.map(Math.round).join(', ')} ms`,
  );
  expect(Math.max(...answered)).toBeLessThan(2_000);
  expect(cluster.starts()).toBe(starts);
  expect(cluster.selfExits).toEqual([]);
});
