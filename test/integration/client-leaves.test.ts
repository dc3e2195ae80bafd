import pg from 'pg';
import { afterAll, beforeAll, test } from 'vitest';
import { sql } from '../../src/db/drizzle.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { keepBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { authorized } from '../support/key.ts';
import { openSocket } from '../support/sockets.ts';

let database: TestDatabase;
let api: TestApi;
let holder: pg.Client;
beforeAll(async () => {
  database = await createTestDatabase();
  api = await startApi(database.url, { RATE_LIMIT: '0' });
  holder = new pg.Client({ connectionString: database.url });
  await holder.connect();
});
afterAll(async () => {
  await holder.end();
  await api.close();
  await database.close();
});
keepBystander(() => ({ url: api.url, db: database.db }));

const READ = '{ watchlists { id items { ticker } } }';

/** Whether a statement of the API waits for the lock of `whileLocked`. */
async function isWaiting(): Promise<boolean> {
  const { rows } = await database.db.execute(
    sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  );
  return rows.length > 0;
}

async function abandoned(): Promise<number> {
  const text = await (await fetch(new URL('/metrics', api.url), { headers: authorized })).text();
  const name = 'thetool_operations_total{type="query",outcome="abandoned"} ';
  const line = text.split('\n').find((one) => one.startsWith(name));
  return Number(line?.slice(name.length) ?? 0);
}

/** Runs the work while nobody can use watchlists: statements wait, for 1.4 s at most. */
async function whileLocked(work: () => Promise<void>): Promise<void> {
  await holder.query('begin; lock table watchlists in access exclusive mode');
  try {
    await work();
  } finally {
    await holder.query('rollback');
  }
}

/** Tries again when the database gave up a statement before its client had gone. */
async function expectAbandoned(send: () => Promise<() => void>): Promise<void> {
  const before = await abandoned();
  await eventually(async () => {
    await whileLocked(async () => {
      const leave = await send();
      await eventually(isWaiting);
      leave();
      await eventually(async () => !(await isWaiting()));
    });
    return (await abandoned()) > before;
  }, 30_000);
}

function post(query: string, signal: AbortSignal): Promise<unknown> {
  const headers = { 'content-type': 'application/json' };
  return fetch(api.url, { method: 'POST', headers, body: JSON.stringify({ query }), signal }).catch(
    () => null,
  );
}

test('a query whose connection closes is aborted', async () => {
  await expectAbandoned(async () => {
    const leaving = new AbortController();
    void post(READ, leaving.signal);
    return () => leaving.abort();
  });
}, 60_000);

test('a query that the client completes on a websocket is aborted, and the socket goes on', async () => {
  const { socket, send, next } = await openSocket(api.url);
  let id = 0;
  await expectAbandoned(async () => {
    id += 1;
    const mine = String(id);
    send({ id: mine, type: 'subscribe', payload: { query: READ } });
    return () => send({ id: mine, type: 'complete' });
  });
  send({ id: 'last', type: 'subscribe', payload: { query: '{ viewer { subject } }' } });
  await eventually(async () => (await next()).id === 'last');
  socket.close();
}, 60_000);

test('the queries of a websocket that closes are aborted', async () => {
  await expectAbandoned(async () => {
    const { socket, send } = await openSocket(api.url);
    send({ id: '1', type: 'subscribe', payload: { query: READ } });
    return () => socket.terminate();
  });
}, 60_000);

test('a mutation whose client has gone runs to its end', async () => {
  // Tries again when the database gave up the first field before its client had gone: nothing follows it then.
  await eventually(async () => {
    const [first, second] = [crypto.randomUUID(), crypto.randomUUID()];
    const create = (name: string) => `createWatchlist(input: { name: "${name}" }) { __typename }`;
    await whileLocked(async () => {
      const leaving = new AbortController();
      const sent = post(`mutation { a: ${create(first)} b: ${create(second)} }`, leaving.signal);
      await eventually(isWaiting);
      leaving.abort();
      await sent;
      // The server has noticed when it answers what was sent later.
      await api.one('{ viewer { subject } }');
    });
    const isThere = async () => {
      const lists = await api.one<readonly { name: string }[]>('{ watchlists { name } }');
      return lists.some(({ name }) => name === second);
    };
    return eventually(isThere, 3_000).catch(() => false);
  }, 30_000);
}, 60_000);
