import { type Db, openDatabase } from '../../src/db/client.ts';
import { sql } from '../../src/db/drizzle.ts';
import type { TestDatabase } from './database.ts';
import { eventually } from './eventually.ts';
import { silent } from './silent.ts';

/**
 * Runs the work on a pool of its own and returns how many deadlocks its connections ran into. PostgreSQL counts a deadlock when a connection
 * reports its statistics, at the latest when it ends: the count is read once all of them have ended.
 */
export async function countDeadlocks(
  database: TestDatabase,
  work: (db: Db) => Promise<unknown>,
  connections = 4,
): Promise<number> {
  const count = async () => {
    const { rows } = await database.db.execute<{ n: number }>(
      sql`select deadlocks::int as n from pg_stat_database where datname = current_database()`,
    );
    return rows[0]?.n ?? Number.NaN;
  };
  const before = await count();
  const options = { url: database.url, max: connections, applicationName: 'pair', log: silent };
  const { db, close } = openDatabase(options);
  try {
    await work(db);
  } finally {
    await close();
  }
  await eventually(async () => {
    const { rows } = await database.db.execute(
      sql`select from pg_stat_activity where application_name = 'pair' and datname = current_database()`,
    );
    return rows.length === 0;
  });
  return (await count()) - before;
}
