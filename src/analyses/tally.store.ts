import type { Executor } from '../db/client.ts';
import { column, execute } from '../db/statement.ts';
import type { Timeframe } from '../quant/resample.ts';
import type { Side } from '../quant/side.ts';
import { tallyPlaceOf, type UniverseRecord, universeRecord } from './tallies.ts';
import { latestKey } from './timeframe.ts';

/** What the latest results are chosen by whose plans are counted. */
export interface RecordKey {
  readonly strategy: string;
  readonly timeframe: Timeframe;
  readonly side: Side;
  /** Made-up bars are counted apart from real ones. */
  readonly isDemo: boolean;
}

export const recordKey = ({ strategy, timeframe, side, isDemo }: RecordKey): string =>
  `${latestKey(strategy, timeframe)} ${side} ${isDemo}`;

const sums = [0, 1, 2, 3, 4].map((n) => `sum(l.tallies[k.place + ${n}]) as sum_${n}`).join(', ');

/** Over the latest results of the workspace, those of suspicious bars left out. A row whose numbers are those of another result counts as none. */
export async function sumTallies(
  db: Executor,
  workspaceId: string,
  keys: readonly RecordKey[],
): Promise<Map<string, UniverseRecord>> {
  const rows = await execute<{
    n: number;
    results: number;
    tickers: number;
    sums: readonly (number | null)[];
  }>(
    db,
    'sumTallies',
    `select k.n::int as n, s.results, s.tickers, array[s.sum_0, s.sum_1, s.sum_2, s.sum_3, s.sum_4] as sums
     from unnest($2::text[], $3::int4[], $4::boolean[]) with ordinality as k(strategy, place, is_demo, n)
     cross join lateral (
       select count(*)::int as results, ${sums},
         (count(*) filter (where l.tallies[k.place] + l.tallies[k.place + 1] + l.tallies[k.place + 2] > 0))::int as tickers
       from latest_analyses l
       where l.workspace_id = $1 and l.strategy = k.strategy and l.is_demo = k.is_demo and not l.gated
         and l.lines_of = l.analysis_id and l.tallies[1] <> 'NaN') as s`,
    [
      workspaceId,
      column('text', keys, ({ strategy, timeframe }) => latestKey(strategy, timeframe)),
      column('int4', keys, ({ side }) => tallyPlaceOf(side)),
      column('bool', keys, ({ isDemo }) => isDemo),
    ],
  );
  return new Map(
    rows.flatMap(({ n, results, tickers, sums }) => {
      const key = keys[n - 1];
      return key === undefined
        ? []
        : [[recordKey(key), universeRecord(key.side, { results, tickers }, sums)] as const];
    }),
  );
}
