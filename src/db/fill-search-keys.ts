import type pg from 'pg';
import { foldName } from '../name.ts';

const PAGE = 5_000;

/**
 * Stores the folded names of instruments that an earlier version, or a statement of an operator, inserted or renamed without them. Folding
 * is this program's work (`foldName`). Each page is one statement that takes its rows in ticker order, as imports do.
 */
export async function fillSearchKeys(client: pg.Client): Promise<void> {
  for (let after = ''; ; ) {
    const { rows } = await client.query<{ ticker: string; name: string; key: string | null }>(
      `select ticker, name, name_key as key from instruments where ticker > $1 order by ticker limit ${PAGE}`,
      [after],
    );
    const last = rows.at(-1);
    if (last === undefined) return;
    const stale = rows
      .map(({ ticker, name, key }) => ({ ticker, name, key, wanted: foldName(name) }))
      .filter(({ key, wanted }) => key !== wanted);
    if (stale.length > 0)
      await client.query(
        `with locked as materialized (
           select i.ticker, k.key from instruments i
           join unnest($1::text[], $2::text[], $3::text[]) as k(ticker, name, key) on k.ticker = i.ticker and k.name = i.name
           order by i.ticker for no key update of i)
         update instruments i set name_key = l.key from locked l where i.ticker = l.ticker`,
        [stale.map(({ ticker }) => ticker), stale.map(({ name }) => name), stale.map(({ wanted }) => wanted)],
      );
    after = last.ticker;
  }
}
