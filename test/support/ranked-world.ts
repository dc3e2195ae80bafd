import fc from 'fast-check';
import { v7 as uuidv7 } from 'uuid';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { linePlaceOf } from '../../src/analyses/lines.ts';
import {
  RANKED_VERDICTS,
  type RankingFilter,
  type RankingOrder,
  type Screen,
} from '../../src/analyses/ranking.ts';
import type { Db } from '../../src/db/client.ts';
import { sql } from '../../src/db/drizzle.ts';
import { VERDICTS } from '../../src/quant/score.ts';
export interface Listed {
  readonly ticker: string;
  readonly symbol: string;
  readonly name: string;
  readonly sector: string | null;
  readonly active: boolean;
}
export interface Latest {
  readonly ticker: string;
  readonly strategy: string;
  readonly score: number;
  readonly verdict: (typeof VERDICTS)[number];
  readonly entry: string | null;
  readonly target: string | null;
  readonly asOf: string;
  readonly isDemo: boolean;
  readonly gated?: boolean;
  /** Close and rsi, or none. */
  readonly close?: number | null;
  readonly rsi?: number | null;
}
export interface World {
  readonly instruments: readonly Listed[];
  readonly latest: readonly Latest[];
  readonly watched: readonly string[];
}

export const RSI = { indicator: 'RSI', line: 'rsi' } as const;
export const LIST = uuidv7();
/** Ascending, and closer to each other than doubles can tell. */
export const PRICES = ['0.01', '99.5', '100', '100.0000000000000001', '12345678901234567890.5'];

/** Puts these instruments and results, and nothing else, into the database. */
export async function storeWorld(db: Db, { instruments, latest, watched }: World): Promise<void> {
  const body = (rows: readonly object[]) => JSON.stringify(rows);
  const results = latest.map((row) => ({ ...row, id: uuidv7() }));
  await db.transaction(async (tx) => {
    await tx.execute(sql`truncate latest_analyses, analyses, watchlist_items, instruments cascade`);
    await tx.execute(
      sql`insert into watchlists (id, workspace_id, name) values (${LIST}, ${DEFAULT_WORKSPACE_ID}, 'Ranked') on conflict do nothing`,
    );
    await tx.execute(sql`insert into instruments (ticker, symbol, name, name_key, exchange, time_zone, currency, tick, sector, active)
      select ticker, symbol, name, lower(name), 'X', 'Etc/UTC', 'USD', 0.01, sector, active
      from jsonb_to_recordset(${body(instruments)}::jsonb) as r(ticker text, symbol text, name text, sector text, active bool)`);
    await tx.execute(sql`insert into analyses (id, workspace_id, ticker, strategy, score, score_verdict, verdict, regime, coverage, conviction,
        buy_votes, neutral_votes, sell_votes, unavailable_votes, side, entry, stop, target, risk_reward, position_size, source, is_demo, customised, as_of, figures)
      select id, ${DEFAULT_WORKSPACE_ID}, ticker, strategy, score, verdict, verdict, 'UNKNOWN', 1, 0, 0, 0, 0, 0,
        case when entry is not null then 'LONG' end, entry::numeric, entry::numeric, target::numeric,
        case when entry is not null then 1 end, case when entry is not null then 1 end, 'SAMPLE', "isDemo", false, "asOf",
        array[coalesce(close, 'NaN'), 'NaN', 'NaN', 'NaN', 'NaN', 'NaN', 'NaN']
      from jsonb_to_recordset(${body(results)}::jsonb)
        as r(id uuid, ticker text, strategy text, score float8, verdict text, entry text, target text, "asOf" date, "isDemo" bool, close float8)`);
    await tx.execute(sql`insert into latest_analyses (workspace_id, ticker, strategy, analysis_id, is_demo, as_of, gated, lines, lines_of)
      select a.workspace_id, a.ticker, a.strategy, a.id, a.is_demo, a.as_of, coalesce(r.gated, false),
        array_fill('NaN'::float8, array[${linePlaceOf(RSI) - 1}::int]) || array[coalesce(r.rsi, 'NaN')], a.id
      from analyses a join jsonb_to_recordset(${body(results)}::jsonb) as r(id uuid, gated bool, rsi float8) on r.id = a.id`);
    await tx.execute(sql`insert into watchlist_items (watchlist_id, ticker, workspace_id)
      select ${LIST}, unnest(${sql.param(watched)}::text[]), ${DEFAULT_WORKSPACE_ID}`);
  });
}

/** The numbers that the data has; prices of plans by their place, which is closer than doubles can tell. */
export function numberOf(row: Latest, of: Screen['of']): number | null {
  if (typeof of === 'object') return row.rsi ?? null;
  const planned = (price: string | null) => (price === null ? null : PRICES.indexOf(price));
  if (of === 'ENTRY' || of === 'STOP') return planned(row.entry);
  if (of === 'TARGET') return planned(row.target);
  if (of === 'RISK_REWARD') return row.entry === null ? null : 1;
  if (of === 'CLOSE') return row.close ?? null;
  if (of === 'SCORE') return row.score;
  return of === 'COVERAGE' ? 1 : of === 'CONVICTION' ? 0 : null;
}

/** The same ranking, told in the plainest way. */
export function expected(
  { instruments, latest, watched }: World,
  filter: RankingFilter,
  order: RankingOrder,
) {
  const listed = new Map(instruments.map((row) => [row.ticker, row]));
  const results = new Map(
    latest
      .filter((row) => row.strategy === filter.strategy && (filter.includeDemo || !row.isDemo))
      .map((row) => [row.ticker, row]),
  );
  const tickers =
    filter.watchlistId === undefined
      ? [...new Set([...listed.keys(), ...results.keys()])].filter(
          (ticker) => listed.get(ticker)?.active !== false,
        )
      : watched;
  const text = filter.text?.toLowerCase();
  const rows = tickers
    .map((ticker) => ({
      ticker,
      symbol: listed.get(ticker)?.symbol ?? ticker,
      of: listed.get(ticker),
      result: results.get(ticker),
    }))
    .filter(({ ticker, of, result }) => {
      const texts = [ticker, of?.symbol, of?.name].map((part) => part?.toLowerCase() ?? '');
      return (
        (filter.includeGated === true || result?.gated !== true) &&
        (filter.verdicts?.includes(result?.verdict ?? 'NOT_ANALYSED') ?? true) &&
        (filter.analysed === undefined || filter.analysed === (result !== undefined)) &&
        (filter.minScore === undefined || (result !== undefined && result.score >= filter.minScore)) &&
        (filter.maxScore === undefined || (result !== undefined && result.score <= filter.maxScore)) &&
        (filter.asOfFrom === undefined || (result !== undefined && result.asOf >= filter.asOfFrom)) &&
        (filter.screens ?? []).every(({ of, lt, lte, gt, gte }) => {
          const value = result === undefined ? null : numberOf(result, of);
          return (
            value !== null &&
            (lt === undefined || value < lt) &&
            (lte === undefined || value <= lte) &&
            (gt === undefined || value > gt) &&
            (gte === undefined || value >= gte)
          );
        }) &&
        (filter.sectors === undefined || filter.sectors.includes(of?.sector ?? '')) &&
        (text === undefined || texts.some((part) => part.includes(text)))
      );
    });
  const keyOf = ({ result }: (typeof rows)[number]): number | null => {
    if (result === undefined) return null;
    const { by } = order;
    if (by === 'VERDICT') return -VERDICTS.indexOf(result.verdict);
    if (by === 'SYMBOL') return 0;
    return by === 'AS_OF' ? Date.parse(result.asOf) : numberOf(result, by);
  };
  const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  const bySymbol = (a: (typeof rows)[number], b: (typeof rows)[number]) =>
    byText(a.symbol, b.symbol) || byText(a.ticker, b.ticker);
  return rows
    .sort((a, b) => {
      if (order.by === 'SYMBOL') return order.descending ? bySymbol(b, a) : bySymbol(a, b);
      const [x, y] = [keyOf(a), keyOf(b)];
      if (x === null || y === null) return Number(x === null) - Number(y === null) || bySymbol(a, b);
      return (order.descending ? y - x : x - y) || bySymbol(a, b);
    })
    .map(({ ticker }) => ticker);
}

// Few values, so that ties are the rule; tickers with wild cards and characters that collations disagree on.
export const ticker = fc.constantFrom(
  'A',
  'B',
  'AA',
  'A.B',
  'A-B',
  'A_B',
  'A&B',
  '^A',
  '=A',
  'Z',
  'ZZ',
  'M&M',
  'B.X',
  'C',
);
export const score = fc.constantFrom(-1, -0.2, -0.1 - 0.2, 0, 0.1 + 0.2, 0.3, 1 / 3, 0.6, 1);
export const day = fc.constantFrom('2026-01-29', '2026-01-30', '2026-02-02');
export const price = fc.option(fc.constantFrom(...PRICES));
export const number = fc.constantFrom(0, 30, 1 / 3, 0.1 + 0.2, 1e-9, 12345.678);
export const bound = fc.option(number, { nil: undefined });
export const screen: fc.Arbitrary<Screen> = fc.record({
  of: fc.constantFrom('CLOSE' as const, 'RISK_REWARD' as const, 'VOLUME' as const, RSI),
  lt: bound,
  lte: bound,
  gt: bound,
  gte: bound,
});
export const world: fc.Arbitrary<World> = fc.record({
  instruments: fc.uniqueArray(
    fc.record({
      ticker,
      symbol: fc.constantFrom('S', 'T', 'A', '_'),
      name: fc.constantFrom('Alpha & Co', 'Beta_100%', 'alphabet', 'ZZ top'),
      sector: fc.option(fc.constantFrom('IT', 'Metals')),
      active: fc.boolean(),
    }),
    { selector: (row) => row.ticker },
  ),
  latest: fc.uniqueArray(
    fc
      .record({
        ticker,
        strategy: fc.constantFrom('BALANCED', 'MOMENTUM_BREAKOUT'),
        score,
        verdict: fc.constantFrom(...VERDICTS),
        plan: price,
        asOf: day,
        isDemo: fc.boolean(),
        gated: fc.boolean(),
        close: fc.option(number),
        rsi: fc.option(number),
      })
      .map(({ plan, ...row }): Latest => {
        const entry = row.verdict === 'HOLD' ? null : plan;
        return { ...row, entry, target: entry === null ? null : '100' };
      }),
    { selector: (row) => `${row.ticker} ${row.strategy}`, maxLength: 25 },
  ),
  watched: fc.uniqueArray(ticker),
});
export const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
export const filterOf: fc.Arbitrary<RankingFilter> = fc.record({
  strategy: fc.constant('BALANCED'),
  includeDemo: fc.boolean(),
  includeGated: optional(fc.boolean()),
  watchlistId: optional(fc.constant(LIST)),
  verdicts: optional(fc.uniqueArray(fc.constantFrom(...RANKED_VERDICTS), { minLength: 1 })),
  analysed: optional(fc.boolean()),
  minScore: optional(score),
  maxScore: optional(score),
  asOfFrom: optional(day),
  // One without a bound is refused by the API.
  screens: optional(
    fc.array(
      screen.filter(({ of: _of, ...bounds }) => Object.values(bounds).some((limit) => limit !== undefined)),
      { maxLength: 3 },
    ),
  ),
  sectors: optional(fc.uniqueArray(fc.constantFrom('IT', 'Metals', 'None'))),
  text: optional(fc.constantFrom('a', 'AL', '_', '%', '&', 'zz', 's')),
});
export const noFilter: RankingFilter = { strategy: 'BALANCED', includeDemo: true };
