import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createWorkspace } from '../../src/access/create-workspace.ts';
import { insertWorkspace } from '../../src/access/key.store.ts';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { sql } from '../../src/db/drizzle.ts';
import { migrate } from '../../src/db/migrate.ts';
import { NameTakenError } from '../../src/errors.ts';
import { getWorkspace, onBehalfOf } from '../../src/main/run-command.ts';
import { foldName } from '../../src/name.ts';
import { createWatchlist, updateWatchlist } from '../../src/watchlists/edit-watchlist.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { keepBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { migrateBefore } from '../support/migrate-before.ts';
import { silent } from '../support/silent.ts';

let database: TestDatabase;
let api: TestApi;
beforeAll(async () => {
  database = await createTestDatabase();
  api = await startApi(database.url);
});
afterAll(async () => {
  await api.close();
  await database.close();
});
keepBystander(() => ({ url: api.url, db: database.db }));

const deps = (db = database.db) => ({ db, log: silent });

interface Answered {
  readonly code?: string;
  readonly watchlist?: { readonly id: string };
}
const create = (name: string) =>
  api.one<Answered>(
    'mutation($name: String!) { createWatchlist(input: { name: $name }) { ... on WatchlistPayload { watchlist { id } } ... on UserError { code } } }',
    { name },
  );
const rename = (id: string | undefined, name: string) =>
  api.one<Answered>(
    'mutation($id: ID!, $name: String!) { updateWatchlist(input: { id: $id, name: $name }) { ... on WatchlistPayload { watchlist { id } } ... on UserError { code } } }',
    { id, name },
  );

describe('the name of a watchlist', () => {
  test.each([
    ['STRASSE', 'straße'],
    ['Ärzte', 'A\u0308RZTE'],
    ['ＡＡＰＬ', 'aapl'],
    ['ΟΔΟΣ', 'οδος'],
  ])('%s is taken for %s, at creation and at a renaming', async (name, same) => {
    const { watchlist } = await create(name);
    expect(watchlist).toBeDefined();
    expect(await create(same)).toEqual({ code: 'NAME_TAKEN' });
    const other = await create(`not ${same}`);
    expect(await rename(other.watchlist?.id, same)).toEqual({ code: 'NAME_TAKEN' });
    expect(await rename(watchlist?.id, same)).toEqual({ watchlist: { id: watchlist?.id } });
  });

  test('of the default list is taken in each workspace, and free in no other sense', async () => {
    expect(await create('ＤＥＦＡＵＬＴ')).toEqual({ code: 'NAME_TAKEN' });
    const other = crypto.randomUUID();
    await insertWorkspace(database.db, { id: other, name: 'Names of its own' });
    const { rows } = await database.db.execute<{ key: string }>(
      sql`select name_key as key from watchlists where is_default`,
    );
    for (const { key } of rows) expect(key).toBe(foldName('Default'));
    await create('Shared');
    await expect(createWatchlist(deps(), other, { name: 'Shared', tickers: [] })).resolves.toBeDefined();
    await expect(createWatchlist(deps(), other, { name: 'default', tickers: [] })).rejects.toThrow(
      NameTakenError,
    );
  });

  test('changes while a submit holds the key of the list', async () => {
    const { watchlist } = await create('Held');
    const holder = new pg.Client({ connectionString: database.url });
    await holder.connect();
    await holder.query("begin; select from watchlists where name = 'Held' for key share");
    expect(await rename(watchlist?.id, 'Renamed')).toEqual({ watchlist: { id: watchlist?.id } });
    await holder.query('rollback');
    await holder.end();
  });
});

describe('the description of a webhook', () => {
  test('has no hidden characters, at creation and at a change', async () => {
    const fieldsOf = (payload: string) =>
      `{ ... on UserError { code } ... on ${payload} { webhook { id } } }`;
    const make = (description: string) =>
      api.one<{ code?: string; webhook?: { id: string } }>(
        `mutation($text: String!) { createWebhook(input: { url: "https://example.com/", event: JOB_FINISHED, description: $text }) ${fieldsOf('WebhookSecretPayload')} }`,
        { text: description },
      );
    expect(await make('a\u202eb')).toMatchObject({ code: 'INVALID_INPUT' });
    const { webhook } = await make('orders 👩‍💻');
    const change = (description: string) =>
      api.one(
        `mutation($id: ID!, $text: String!) { updateWebhook(input: { id: $id, description: $text }) ${fieldsOf('WebhookPayload')} }`,
        {
          id: webhook?.id,
          text: description,
        },
      );
    expect(await change('a\u0000b')).toMatchObject({ code: 'INVALID_INPUT' });
    expect(await change('plain')).toMatchObject({ webhook });
  });
});

describe('the name of a workspace', () => {
  const make = (name: string) => {
    const id = crypto.randomUUID();
    return onBehalfOf(id, 'keys.create-workspace', () => createWorkspace(database.db, { id, name }));
  };

  test('is unique, has no hidden characters, and is found in any case and width', async () => {
    const workspace = await make('Straße');
    await expect(make('STRASSE')).rejects.toThrow('A workspace with this name already exists');
    await expect(make('a\u200bb')).rejects.toThrow('must not contain control or invisible');
    expect(await getWorkspace(database.db, 'ＳＴＲＡＳＳＥ')).toEqual(workspace);
    expect(await getWorkspace(database.db, workspace.id)).toEqual(workspace);
  });

  test('of an earlier version that equals another when folded is found as it is written', async () => {
    const named = await make('Acme');
    const id = crypto.randomUUID();
    await database.db.execute(sql`insert into workspaces (id, name) values (${id}, 'ACME')`);
    expect(await getWorkspace(database.db, 'ACME')).toEqual({ id, name: 'ACME' });
    expect(await getWorkspace(database.db, 'acme')).toEqual(named);
  });
});

describe('names of an earlier version', () => {
  test('get their keys; of equal ones the oldest, and the others stay usable', async () => {
    const old = await createTestDatabase('EMPTY');
    await migrateBefore(old.url, 'fold_names');
    const { db } = old;
    const id = (n: number) => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;
    await db.execute(
      sql`insert into workspaces (id, name) values (${id(101)}, 'Straße'), (${id(102)}, 'STRASSE'), (${id(103)}, 'Other')`,
    );
    await db.execute(
      sql`insert into watchlists (id, workspace_id, name)
      select ('00000000-0000-7000-9000-' || lpad(n::text, 12, '0'))::uuid, ${id(103)}, 'List ' || n from generate_series(1, 1200) n`,
    );
    // The database's lower() keeps these apart.
    await db.execute(sql`insert into watchlists (id, workspace_id, name)
      values (${id(201)}, ${id(103)}, 'ﬁnance'), (${id(202)}, ${id(103)}, 'Finance'), (${id(203)}, ${id(101)}, 'Finance')`);
    await migrate(old.url, silent);
    const keysOf = async (table: 'workspaces' | 'watchlists') => {
      const { rows } = await db.execute<{ id: string; name: string; key: string | null }>(
        sql`select id, name, name_key as key from ${sql.identifier(table)} order by id`,
      );
      for (const { name, key } of rows) if (key !== null) expect(key).toBe(foldName(name));
      return rows.filter(({ key }) => key === null).map((row) => row.id);
    };
    expect(await keysOf('workspaces')).toEqual([id(102)]);
    expect(await keysOf('watchlists')).toEqual([id(202)]);

    const list = (workspaceId: string, name: string) =>
      createWatchlist(deps(db), workspaceId, { name, tickers: [] });
    // The list without a key holds its name, too.
    await db.execute(sql`delete from watchlists where id = ${id(201)} or name like 'List %'`);
    await expect(list(id(103), 'FINANCE')).rejects.toThrow(NameTakenError);
    const spare = await list(id(103), 'Spare');
    await expect(updateWatchlist(deps(db), id(103), { id: spare, name: 'FINANCE' })).rejects.toThrow(
      NameTakenError,
    );
    await migrate(old.url, silent);
    expect(await keysOf('watchlists')).toEqual([]);
    await old.close();
  });

  test('get the keys of their present names at the next start after a rename that left the keys as they were', async () => {
    const renamed = await createTestDatabase();
    const { db } = renamed;
    const lists = await Promise.all(
      ['Alpha', 'Beta', 'Gamma'].map((name) =>
        createWatchlist(deps(db), DEFAULT_WORKSPACE_ID, { name, tickers: [] }),
      ),
    );
    // As the version before renames: the first two swap their names, the last one takes a new one.
    for (const [i, name] of ['Beta', 'Alpha', 'Straße'].entries())
      await db.execute(sql`update watchlists set name = ${`${name}.`} where id = ${lists[i]}`);
    await db.execute(sql`update watchlists set name = rtrim(name, '.')`);
    await migrate(renamed.url, silent);
    const { rows } = await db.execute<{ name: string; key: string | null }>(
      sql`select name, name_key as key from watchlists where not is_default order by name`,
    );
    expect(rows).toEqual([
      { name: 'Alpha', key: 'alpha' },
      { name: 'Beta', key: 'beta' },
      { name: 'Straße', key: 'strasse' },
    ]);
    const create = (name: string) => createWatchlist(deps(db), DEFAULT_WORKSPACE_ID, { name, tickers: [] });
    await expect(create('STRASSE')).rejects.toThrow(NameTakenError);
    await create('Gamma');
    await renamed.close();
  });
});

test('two lists of one name at once are one list', async () => {
  const both = await Promise.all([create('Twice'), create('ＴＷＩＣＥ')]);
  expect(both.filter(({ code }) => code === 'NAME_TAKEN')).toHaveLength(1);
  const { rows } = await database.db.execute(
    sql`select from watchlists where workspace_id = ${DEFAULT_WORKSPACE_ID} and name_key = 'twice'`,
  );
  expect(rows).toHaveLength(1);
});
