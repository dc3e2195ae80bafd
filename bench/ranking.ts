import pg from 'pg';
import { DEFAULT_WORKSPACE_ID } from '../src/access.ts';
import { countRanking, listRanking } from '../src/analyses/ranking.store.ts';
import { nameOf, RANKING_KEYS, type RankingFilter, type RankingPlace } from '../src/analyses/ranking.ts';
import { openDatabase } from '../src/db/client.ts';
import { createLogger } from '../src/logger.ts';
import { withServer } from './server.ts';

const RSI = { indicator: 'RSI', line: 'rsi' } as const;
const filter: RankingFilter = { strategy: 'BALANCED', includeDemo: true };

/**
 * Pages of a ranking and its counts, against the shortest statement on the same connection. Five strategies have judged every instrument but one in
 * ten. `npm run bench -- ranking [instruments]`.
 */
export async function benchRanking(count = '2200'): Promise<void> {
  const instruments = Number(count);
  await withServer(async ({ url }) => {
    await fill(url, instruments);
    const { db, close } = openDatabase({ url, max: 1, applicationName: 'bench', log: createLogger('error') });
    try {
      const raw = await medianMs(() => db.execute('select 1'));
      console.log(`${instruments} instruments, 5 strategies; select 1: ${raw.toFixed(2)} ms`);
      for (const by of RANKING_KEYS) {
        let place: RankingPlace | null = null;
        const page = (beyond: RankingPlace | null) =>
          listRanking(
            db,
            DEFAULT_WORKSPACE_ID,
            filter,
            { by, descending: true },
            { limit: 51, beyond, backwards: false },
          );
        for (let pages = 0; pages < 20; pages += 1) place = (await page(place)).at(-1)?.place ?? null;
        const [first, later] = [await medianMs(() => page(null)), await medianMs(() => page(place))];
        console.log(
          `page by ${by.padEnd(8)} first ${first.toFixed(1)} ms, 20th ${later.toFixed(1)} ms, ${(first / raw).toFixed(0)} × select 1`,
        );
      }
      const screened = {
        ...filter,
        screens: [
          { of: RSI, lt: 30 },
          { of: 'VOLUME', gt: 100 },
        ] as const,
      };
      for (const by of ['SCORE', 'VOLUME', RSI] as const) {
        const page = { limit: 51, beyond: null, backwards: false };
        const order = { by, descending: true };
        const ms = await medianMs(() => listRanking(db, DEFAULT_WORKSPACE_ID, screened, order, page));
        console.log(`two screens, page by ${nameOf(by)} ${ms.toFixed(1)} ms`);
      }
      const counts = await medianMs(() => countRanking(db, DEFAULT_WORKSPACE_ID, filter));
      console.log(`total and facets ${counts.toFixed(1)} ms`);
    } finally {
      await close();
    }
  });
}

async function medianMs(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < 30; i += 1) {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[15] ?? 0;
}

async function fill(url: string, count: number): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(
      `insert into instruments (ticker, symbol, name, name_key, exchange, time_zone, currency, tick, sector)
       select 'T' || n || '.NS', 'T' || n, 'Name ' || n, 'name ' || n, 'NSE', 'Asia/Kolkata', 'INR', 0.05, 'Sector ' || n % 12 from generate_series(1, $1::int) as n`,
      [count],
    );
    await client.query(
      `insert into analyses (id, workspace_id, ticker, strategy, score, score_verdict, verdict, regime, coverage, conviction, buy_votes, neutral_votes,
         sell_votes, unavailable_votes, side, entry, stop, target, risk_reward, position_size, currency, source, is_demo, customised, as_of, figures)
       select gen_random_uuid(), $1, 'T' || n || '.NS', s, round(sin(n)::numeric, 2), 'BUY', 'BUY', 'TRENDING', 1, 0.5, 5, 2, 3, 1, 'LONG',
         (100 + n % 1000)::numeric(12, 2), 98, 104, 2, 200, 'INR', 'YAHOO', false, false, date '2026-01-30',
         array_fill(n::float8, array[7])
       from generate_series(1, $2::int) as n, unnest(array['BALANCED', 'TREND_FOLLOWING', 'MEAN_REVERSION', 'MOMENTUM_BREAKOUT', 'WEEKLY_TARGET']) as s
       where n % 10 > 0 order by random()`,
      [DEFAULT_WORKSPACE_ID, count],
    );
    await client.query(
      `insert into latest_analyses (workspace_id, ticker, strategy, analysis_id, is_demo, as_of, lines, lines_of)
       select workspace_id, ticker, strategy, id, is_demo, as_of, array_fill(score * 50 + 50, array[25]), id from analyses`,
    );
    await client.query('vacuum analyze');
  } finally {
    await client.end();
  }
}
