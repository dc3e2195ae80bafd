import { fileMutation, type Mutation } from './mutation.ts';

const runner = 'src/db/run-migrations.ts';
const growth = 'test/integration/read-growth.test.ts';
const migrations = 'test/integration/migrations.test.ts';

/** What keeps reads and migrations of a large database short. */
export const readMutations: readonly Mutation[] = [
  fileMutation(15, migrations, 'a transaction of each migration', 'leaves those before it', [
    runner,
    'for (const statement of migration.statements) await client.query(statement);',
    'for (const statement of migration.statements) await client.query(`${statement};commit;begin`);',
  ]),
  fileMutation(15, migrations, 'the removal of invalid indexes', 'is made again', [
    runner,
    'if (rows[0]?.valid === true) return;',
    'if (rows[0] !== undefined) return;',
  ]),
  fileMutation(15, migrations, 'the short wait for locks', 'steps back so that others reach it', [
    runner,
    'const LOCK_WAIT_MS = 300;',
    'const LOCK_WAIT_MS = 0;',
  ]),
  fileMutation(15, migrations, 'the wait behind maintenance', 'queues behind a vacuum', [
    runner,
    'await keepMaintenanceOff(client, maintained);',
    '',
  ]),
  fileMutation(15, growth, 'retention by conditions of an index', 'no statement reads more rows', [
    'src/jobs/retention.store.ts',
    'sql`finished_at < statement_timestamp()',
    'sql`finished_at < clock_timestamp()',
  ]),
  fileMutation(15, growth, 'a kept plan that reads the items of one list', 'no statement reads more rows', [
    'src/watchlists/watchlist.store.ts',
    '} offset 0) as i\n    where i.workspace_id',
    '}) as i\n    where i.workspace_id',
  ]),
];
