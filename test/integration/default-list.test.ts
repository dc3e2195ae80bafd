import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { sql } from '../../src/db/drizzle.ts';
import { migrate } from '../../src/db/migrate.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { keepBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { migrateBefore } from '../support/migrate-before.ts';
import { call, mutationNames, prepareCall } from '../support/mutation-calls.ts';
import { run } from '../support/processes.ts';
import { silent } from '../support/silent.ts';

interface ListRow extends Record<string, unknown> {
  readonly name: string;
  readonly is_default: boolean;
}

async function listsOf(database: TestDatabase, workspaceId: string): Promise<ListRow[]> {
  const { rows } = await database.db.execute<ListRow>(
    sql`select name, is_default from watchlists where workspace_id = ${workspaceId} order by name`,
  );
  return rows;
}

describe('in a workspace that `npm run keys -- create-workspace` made', () => {
  let database: TestDatabase;
  let api: TestApi;
  let workspaceId = '';

  async function keys(pattern: RegExp, ...args: string[]): Promise<string> {
    const command = run('keys.mjs', { DATABASE_URL: database.url, LOG_LEVEL: 'fatal' }, { args });
    expect(await command.exited).toBe(0);
    return pattern.exec(command.output())?.[1] ?? '';
  }

  beforeAll(async () => {
    database = await createTestDatabase();
    workspaceId = await keys(/Workspace Second: (\S+)/, 'create-workspace', 'Second');
    const key = await keys(/(tt_live_\w+)/, 'create', '--name', 'all', '--workspace', 'Second');
    api = await startApi(database.url, {}, { access: 'real', key });
  });
  afterAll(async () => {
    await api.close();
    await database.close();
  });
  keepBystander(() => ({ url: api.url, db: database.db }));

  test('there is one default list', async () => {
    const lists = await listsOf(database, workspaceId);
    expect(lists.filter((list) => list.is_default)).toEqual([{ name: 'Default', is_default: true }]);
  });

  /** Changes what all workspaces share. */
  const forDefaultOnly = 'importInstruments';
  const others = mutationNames.filter((name) => name !== forDefaultOnly);

  test(`${forDefaultOnly} is for the default workspace only`, async () => {
    const prepared = await prepareCall(api, forDefaultOnly);
    await expect(call(api, prepared, 'second')).rejects.toThrow('FORBIDDEN');
  });

  test.each(others)('%s succeeds and changes nothing in the default workspace', async (name) => {
    const prepared = await prepareCall(api, name);
    const answer = await call(api, prepared, `second ${name}`);
    expect(answer.code).toBeUndefined();
    expect(answer.__typename).not.toContain('Error');
    const { rows } = await database.db.execute(
      sql`select from jobs where workspace_id = ${DEFAULT_WORKSPACE_ID}`,
    );
    expect(rows).toEqual([]);
    expect(await listsOf(database, DEFAULT_WORKSPACE_ID)).toHaveLength(1);
  });
});

test('the migration gives each workspace of an earlier version a default list, and keeps one that there is', async () => {
  const database = await createTestDatabase('EMPTY');
  await migrateBefore(database.url, 'give_every_workspace_a_default_list');
  const workspaces = ['none', 'other lists', 'a list named default'].map((name) => ({
    id: crypto.randomUUID(),
    name,
  }));
  for (const { id, name } of workspaces)
    await database.db.execute(sql`insert into workspaces (id, name) values (${id}, ${name})`);
  const [none, others, named] = workspaces.map(({ id }) => id) as [string, string, string];
  const add = (workspaceId: string, name: string) =>
    database.db.execute(
      sql`insert into watchlists (id, workspace_id, name) values (gen_random_uuid(), ${workspaceId}, ${name})`,
    );
  await add(others, 'Alpha');
  await add(named, 'DEFAULT');
  await add(named, 'Zeta');
  expect(await listsOf(database, none)).toEqual([]);
  await migrate(database.url, silent);
  expect(await listsOf(database, none)).toEqual([{ name: 'Default', is_default: true }]);
  expect(await listsOf(database, others)).toEqual([
    { name: 'Alpha', is_default: false },
    { name: 'Default', is_default: true },
  ]);
  expect(await listsOf(database, named)).toEqual([
    { name: 'DEFAULT', is_default: true },
    { name: 'Zeta', is_default: false },
  ]);
  expect(await listsOf(database, DEFAULT_WORKSPACE_ID)).toEqual([{ name: 'Default', is_default: true }]);
  await database.close();
});
