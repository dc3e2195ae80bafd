import { afterAll, beforeAll, expect, test } from 'vitest';
import { createKey } from '../../src/access/issue-keys.ts';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { fullAccess } from '../support/access.ts';
import { startAnalysisWorker } from '../support/analysis-worker.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { endedJob, type TestWorker } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { csvOf } from '../support/price-texts.ts';
import { randomWalk } from '../support/series.ts';
import { silent } from '../support/silent.ts';

let database: TestDatabase;
let api: TestApi;
let worker: TestWorker;
let key: string;

/** Bars at 0.01 of a unit, or of a hundredth of it: the same numbers, 100 times as large. */
const barsIn = (unit: 'HUNDREDTHS' | 'WHOLE') => {
  const walk = randomWalk(11, 400);
  const onGrid = (prices: Float64Array) =>
    prices.map((price) => Math.round(price * 100) / (unit === 'WHOLE' ? 10_000 : 100));
  return {
    ...walk,
    open: onGrid(walk.open),
    high: onGrid(walk.high),
    low: onGrid(walk.low),
    close: onGrid(walk.close),
  };
};
const pence = barsIn('HUNDREDTHS');

async function put(ticker: string, currency: string, candles = pence): Promise<void> {
  const address = `${new URL(api.url).origin}/import/candles/${ticker}?currency=${currency}`;
  const headers = { authorization: `Bearer ${key}` };
  const response = await fetch(address, { method: 'PUT', headers, body: csvOf(candles) });
  expect(response.status, await response.text()).toBeLessThan(300);
}

beforeAll(async () => {
  database = await createTestDatabase();
  const asked = { workspaceId: DEFAULT_WORKSPACE_ID, name: 'test', expiresAt: null, maker: fullAccess() };
  const scopes = ['admin', 'candles:write', 'jobs:read', 'jobs:write', 'results:read'] as const;
  key = (await createKey({ db: database.db, log: silent }, { ...asked, scopes })).secret;
  api = await startApi(database.url, {}, { access: 'real', key });
  worker = await startAnalysisWorker(database);
  await api.one(
    `mutation($input: ImportInstrumentsInput!) { importInstruments(input: $input) { ... on ImportInstrumentsPayload { added } } }`,
    {
      input: {
        instruments: [
          {
            symbol: 'STEP',
            name: 'Step',
            exchange: 'LSE',
            currency: 'GBP',
            ticker: 'STEP.L',
            tick: '0.0005',
          },
        ],
      },
    },
  );
  await put('VOD.L', 'GBp');
  await put('POUNDS.L', 'GBP', barsIn('WHOLE'));
  await put('NPN.JO', 'ZAc');
  await put('STEP.L', 'GBX');
});
afterAll(async () => {
  await worker.stop();
  await api.close();
  await database.close();
});

interface Plan {
  readonly side: 'LONG' | 'SHORT';
  readonly entry: string;
  readonly stop: string;
  readonly target: string;
  readonly riskReward: string;
  readonly positionSize: number;
  readonly boundBy: string;
  readonly positionValue: string;
  readonly capitalAtRisk: string;
  readonly capitalAtRiskPct: string;
  readonly potentialReward: string;
  readonly targetPct: number;
  readonly stopPct: number;
  readonly stopWidened: boolean;
  readonly flags: readonly string[];
}
interface Planned {
  readonly strategy: string;
  readonly currency: string;
  readonly bar: { readonly close: number };
  readonly plan: Plan;
}

const options = { capital: '50000.50', riskPct: 1, positionMaxPct: 20 };
/** The capital in hundredths. */
const CAPITAL = 5_000_050;

/** The plans of all strategies for a ticker, by API from the import to the plan. */
async function plansOf(ticker: string): Promise<readonly Planned[]> {
  const strategies = ['BALANCED', 'MEAN_REVERSION', 'MOMENTUM_BREAKOUT', 'TREND_FOLLOWING', 'WEEKLY_TARGET'];
  const { job } = await api.submit({ tickers: [ticker], source: 'OWN', strategies, options, force: true });
  await eventually(() => endedJob(database.db, job.uuid));
  const { analyses } = await api.one<{ analyses: { edges: { node: Planned }[] } }>(
    `{ job(id: "${job.id}") { analyses { edges { node { strategy currency bar { close } plan { side entry stop target riskReward
      positionSize boundBy positionValue capitalAtRisk capitalAtRiskPct potentialReward targetPct stopPct stopWidened flags } } } } } }`,
  );
  const planned = analyses.edges.map(({ node }) => node).filter(({ plan }) => plan !== null);
  expect(planned.length).toBeGreaterThan(0);
  return planned;
}

/** Whole numbers of 0.0001 of a hundredth: exact. */
const scaled = (price: string | number) => BigInt(Math.round(Number(price) * 10_000));
/** A price at a distance in percent, on a step, half away from zero. */
function away(price: bigint, pct: number, step: bigint): bigint {
  const exact = price * BigInt(Math.round((100 + pct) * 1_000));
  const unit = 100_000n * step;
  return ((2n * exact + unit) / (2n * unit)) * step;
}

test.each([
  ['VOD.L', 'GBp', 100n],
  ['NPN.JO', 'ZAc', 100n],
  ['STEP.L', 'GBX', 500n],
])(
  'the plan of %s is in %s, and its size is that of a capital in whole units',
  async (ticker, currency, step) => {
    let checked = 0;
    for (const {
      plan,
      bar: { close },
      ...row
    } of await plansOf(ticker)) {
      expect([row.currency, close]).toEqual([currency, pence.close.at(-1)]);
      if (plan.stopWidened) continue;
      checked += 1;
      const up = plan.side === 'LONG' ? 1 : -1;
      const entry = away(scaled(close), 0, step);
      const stop = away(scaled(close), -up * plan.stopPct, step);
      const target = away(scaled(close), up * plan.targetPct, step);
      expect([plan.entry, plan.stop, plan.target].map(scaled)).toEqual([entry, stop, target]);
      const perUnit = Number(entry - stop) * up;
      const byRisk = Math.floor((CAPITAL * 0.01 * 10_000) / perUnit);
      const byLimit = Math.floor((CAPITAL * 0.2 * 10_000) / Number(entry));
      const size = Math.min(byRisk, byLimit);
      expect(size).toBeGreaterThan(0);
      expect(plan.positionSize).toBe(size);
      expect(plan.boundBy).toBe(byRisk <= byLimit ? 'RISK' : 'POSITION_LIMIT');
      expect(scaled(plan.positionValue)).toBe(entry * BigInt(size));
      expect(scaled(plan.capitalAtRisk)).toBe(BigInt(perUnit * size));
      expect(scaled(plan.potentialReward)).toBe(BigInt(Number(target - entry) * up * size));
      expect(Number(plan.capitalAtRiskPct)).toBeCloseTo((perUnit * size) / (CAPITAL * 100), 4);
      expect(plan.flags).not.toContain('CAPITAL_TOO_SMALL');
    }
    expect(checked).toBeGreaterThan(0);
  },
);

test('a plan in pence is the plan of the same prices in pounds, 100 times as large, with the same size', async () => {
  const inPounds = await plansOf('POUNDS.L');
  const inPence = await plansOf('VOD.L');
  expect(inPence.map(({ strategy }) => strategy)).toEqual(inPounds.map(({ strategy }) => strategy));
  for (const [i, { plan, currency }] of inPounds.entries()) {
    expect(currency).toBe('GBP');
    const other = inPence[i]?.plan as Plan;
    const same = ['side', 'positionSize', 'boundBy', 'riskReward', 'capitalAtRiskPct', 'flags'] as const;
    for (const field of same) expect(plan[field]).toEqual(other[field]);
    const prices = ['entry', 'stop', 'target', 'positionValue', 'capitalAtRisk', 'potentialReward'] as const;
    for (const field of prices) expect(Number(plan[field]) * 100).toBeCloseTo(Number(other[field]), 6);
  }
});
