import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BACKTEST_KIND } from '../../src/backtests/kind.ts';
import { resolveBacktest } from '../../src/backtests/options.ts';
import { sql } from '../../src/db/drizzle.ts';
import { strategyIds } from '../../src/quant/strategies/index.ts';
import { jobGid, startApi, type TestApi } from '../support/api.ts';
import { backtestTask } from '../support/backtest-worker.ts';
import { keepBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { endedJob, startWorker, submit } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';

let database: TestDatabase;
let api: TestApi;
let job: string;
beforeAll(async () => {
  database = await createTestDatabase();
  api = await startApi(database.url);
  const worker = await startWorker(database.url, database.db, backtestTask(database));
  const options = resolveBacktest(strategyIds, { windowBars: 1_500 }, '2999-01-01');
  job = await submit(database.db, ['=X', 'B2'], { kind: BACKTEST_KIND, origin: 'BACKTEST', options });
  await eventually(() => endedJob(database.db, job));
  await worker.stop();
});
afterAll(async () => {
  await api.close();
  await database.close();
});
keepBystander(() => ({ url: api.url, db: database.db }));

interface Line {
  readonly backtest: string;
  readonly n: number;
  readonly ticker: string;
  readonly returnPct: number;
  readonly end?: { readonly complete: boolean; readonly rows: number };
}

const get = (path: string) => fetch(`${new URL(api.url).origin}/export/trades.${path}`);
async function read(query: string): Promise<Line[]> {
  const response = await get(`jsonl?${query}`);
  expect(response.status).toBe(200);
  const lines = (await response.text()).split('\n').slice(0, -1);
  const rows = lines.map((line) => JSON.parse(line) as Line);
  const last = rows.pop();
  expect(last?.end).toMatchObject({ complete: true, rows: rows.length });
  return rows;
}

test('the trades of a job are those of its backtests, and an export goes on from any line', async () => {
  const { rows: stored } = await database.db.execute<{ backtest: string; n: number; returnPct: number }>(
    sql`select backtest_id as backtest, n, return_pct as "returnPct" from backtest_trades order by 1, 2`,
  );
  expect(stored.length).toBeGreaterThan(20);
  const all = await read(`job=${encodeURIComponent(jobGid(job))}`);
  expect(all.map(({ backtest, n, returnPct }) => ({ backtest, n, returnPct }))).toEqual(stored);
  for (const at of [0, 1, Math.floor(all.length / 2), all.length - 1]) {
    const { backtest = '', n = 0 } = all[at] ?? {};
    expect(await read(`job=${job}&after=${backtest}:${n}`)).toEqual(all.slice(at + 1));
  }
  const one = all[0]?.backtest ?? '';
  expect(await read(`backtest=${one}`)).toEqual(all.filter(({ backtest }) => backtest === one));
});

test('a file is named after its backtest and guards its cells', async () => {
  const { rows } = await database.db.execute<{ id: string }>(
    sql`select id from backtests where ticker = '=X' and trades > 0 limit 1`,
  );
  const response = await get(`csv?backtest=${rows[0]?.id}`);
  expect(response.headers.get('content-disposition')).toMatch(/filename="trades_X_[A-Z_]+_[\d-]+\.csv"/);
  const [head, first] = (await response.text()).split('\r\n');
  expect(head?.split(',').slice(0, 3)).toEqual(['backtest', 'n', 'ticker']);
  expect(first?.split(',')[2]).toBe("'=X");
});

test('what there is not, and a request without an id, are refused', async () => {
  expect((await get(`csv?backtest=${uuidv7()}`)).status).toBe(404);
  for (const query of ['', `backtest=${job}&job=${job}`, 'job=1', `job=${job}&after=1`, `job=${job}&x=1`])
    expect([query, (await get(`csv?${query}`)).status]).toEqual([query, 400]);
});
