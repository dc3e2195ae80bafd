import type pg from 'pg';
import type { Effects } from './judge.ts';

/** What the rounds have left in a database where nothing else has happened. */
export async function readEffects(pool: pg.Pool): Promise<Effects> {
  const byRound = async (text: string) => {
    const { rows } = await pool.query<{ n: number; times: number }>(text);
    return new Map(rows.map(({ n, times }) => [n, times]));
  };
  const count = async (text: string) => (await pool.query<{ n: number }>(text)).rows[0]?.n ?? 0;
  return {
    ofRounds: {
      submitAnalysis: await byRound(
        `select substr(idempotency_key, 7)::int as n, count(*)::int as times from jobs where idempotency_key ~ '^round \\d+$' group by 1`,
      ),
      addToWatchlist: await byRound(
        `select substr(ticker, 2)::int as n, count(*)::int as times from watchlist_items where ticker ~ '^R\\d+$' group by 1`,
      ),
      createApiKey: await byRound(
        `select substr(name, 2)::int as n, count(*)::int as times from api_keys where name ~ '^R\\d+$' group by 1`,
      ),
    },
    total: {
      submitAnalysis: await count('select count(*)::int as n from jobs'),
      addToWatchlist: await count('select count(*)::int as n from watchlist_items'),
      createApiKey: await count('select count(*)::int as n from api_keys'),
    },
    edits: await count(
      'select coalesce(sum(revision - 1), 0)::int as n from watchlists where not is_default',
    ),
    answers: await count(`select count(*)::int as n from mutation_answers where key ~ '^round \\d+$'`),
  };
}
