import { connect, type Socket } from 'node:net';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { sql } from '../../src/db/drizzle.ts';
import { createLogger } from '../../src/logger.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { keepBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';

interface Line {
  readonly level: number;
  readonly msg: string;
}

const WARN = 40;

let database: TestDatabase;
let api: TestApi;
let lines: Line[] = [];
let holder: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  const log = createLogger('debug', { write: (text) => void lines.push(JSON.parse(text) as Line) });
  api = await startApi(database.url, {}, { log });
  holder = new pg.Client({ connectionString: database.url });
  await holder.connect();
});
beforeEach(() => {
  lines = [];
});
afterEach(() => {
  vi.restoreAllMocks();
});
afterAll(async () => {
  await holder.end();
  await api.close();
  await database.close();
});
keepBystander(() => ({ url: api.url, db: database.db }));

/** Sends the head of a request and a part of its body, over a socket of its own. */
async function begin(head: string, body: string): Promise<Socket> {
  const { port } = new URL(api.url);
  const socket = connect(Number(port), '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(`${head}\r\nHost: 127.0.0.1\r\nAccept: */*\r\n\r\n${body}`);
  return socket;
}

function post(query: string, accept = ''): Promise<Socket> {
  const body = JSON.stringify({ query });
  return begin(
    `POST /graphql HTTP/1.1\r\nContent-Type: application/json${accept}\r\nContent-Length: ${Buffer.byteLength(body)}`,
    body,
  );
}

const isWaiting = async () => {
  const { rows } = await database.db.execute(
    sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  );
  return rows.length > 0;
};
const closed = () => eventually(async () => lines.some(({ msg }) => msg === 'request'));

/** Closes or resets the connection, and waits until the server has noticed it. */
async function leave(socket: Socket, how: string): Promise<void> {
  if (how === 'closed') socket.destroy();
  else socket.resetAndDestroy();
  await closed();
}

/** The server still answers, and nothing was an error. `console.error` is what libraries report to. */
async function expectQuiet(): Promise<void> {
  await api.one('{ viewer { subject } }');
  expect(lines.filter(({ level }) => level >= WARN)).toEqual([]);
}

test.each(['closed', 'reset'])('a connection that is %s in the middle of a body is no error', async (how) => {
  const printed = vi.spyOn(console, 'error');
  for (const size of ['Content-Length: 1000', 'Transfer-Encoding: chunked']) {
    lines = [];
    const socket = await begin(
      `POST /graphql HTTP/1.1\r\nContent-Type: application/json\r\n${size}`,
      size.startsWith('T') ? '5\r\n{"que\r\n' : '{"que',
    );
    // The server reads the body when it has admitted the client: the next request is admitted later.
    await api.one('{ viewer { subject } }');
    lines = [];
    await leave(socket, how);
    await expectQuiet();
  }
  expect(printed).not.toHaveBeenCalled();
});

test.each([
  ['a query', 'closed', () => post('{ watchlists { id items { ticker } } }')],
  ['a query', 'reset', () => post('{ watchlists { id items { ticker } } }')],
  ['a mutation', 'reset', () => post('mutation { createWatchlist(input: { name: "Left" }) { __typename } }')],
  [
    'a subscription',
    'reset',
    () =>
      post(
        'subscription { watchlistChanged(id: "V2F0Y2hsaXN0OjAwMDAwMDAwLTAwMDAtNzAwMC04MDAwLTAwMDAwMDAwMDAwMg==") { id } }',
        '\r\nAccept: text/event-stream',
      ),
  ],
  ['an export', 'reset', () => begin('GET /export/analyses.jsonl HTTP/1.1', '')],
  [
    'an export that will be refused',
    'reset',
    () => begin('GET /export/analysis/0198c0de-0000-7000-8000-000000000000.xlsx HTTP/1.1', ''),
  ],
])('%s whose connection is %s while it works is no error', async (_what, how, send) => {
  const printed = vi.spyOn(console, 'error');
  await holder.query('begin; lock table watchlists, analyses in access exclusive mode');
  const socket = await send();
  await eventually(isWaiting);
  lines = [];
  await leave(socket, how);
  await holder.query('rollback');
  await eventually(async () => !(await isWaiting()));
  await expectQuiet();
  expect(printed).not.toHaveBeenCalled();
});
