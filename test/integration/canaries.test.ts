import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addMember } from '../../src/access/edit-members.ts';
import { makeKey } from '../../src/access/key.ts';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { sql } from '../../src/db/drizzle.ts';
import { createLogger } from '../../src/logger.ts';
import { createTiingoSource } from '../../src/market/sources/tiingo.ts';
import { type Canary, findCanaries } from '../support/canaries.ts';
import { administer, createTestDatabase, type TestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { startFake } from '../support/fake-http.ts';
import { makeKeyOf, startIssuer } from '../support/issuer.ts';
import { type Running, run, urlOf } from '../support/processes.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { silent } from '../support/silent.ts';
import { openSocket } from '../support/sockets.ts';

/** What everything said: output of processes, bodies and headers of answers, by where it was said. */
const said = new Map<string, string>();
const canaries: Canary[] = [];
const password = `Pw-${randomBytes(12).toString('hex')}`;
const tiingo = `tiingo-${randomBytes(12).toString('hex')}`;
const bootstrap = makeKey().key;
let database: TestDatabase;
let receiver: Receiver;
let issuer: Awaited<ReturnType<typeof startIssuer>>;
let api: Running;
let worker: Running;
let url = '';
let env: Record<string, string> = {};

/** Logs in with the password. Roles belong to the server, which other tests share. */
const role = `canary_${randomBytes(6).toString('hex')}`;
const withPassword = (text: string) => Object.assign(new URL(text), { username: role, password }).href;

beforeAll(async () => {
  database = await createTestDatabase();
  await administer(`create role ${role} login superuser password '${password}'`);
  receiver = await startReceiver();
  issuer = await startIssuer(await makeKeyOf('one'));
  const who = { workspaceId: DEFAULT_WORKSPACE_ID, issuer: issuer.settings.JWT_ISSUER, subject: 'anna' };
  await addMember({ db: database.db, log: silent }, { ...who, scopes: ['admin'], createdBy: 'test' });
  env = {
    ...issuer.settings,
    DATABASE_URL: withPassword(database.url),
    LOG_LEVEL: 'trace',
    PORT: '0',
    TIINGO_KEY: tiingo,
    BOOTSTRAP_KEY: bootstrap,
    WEBHOOK_LOOPBACK: 'on',
    WORKER_POLL_MS: '100',
  };
  [api, worker] = [run('api.mjs', env), run('worker.mjs', env)];
  url = await urlOf(api);
  await worker.said(/worker is ready/);
}, 60_000);
afterAll(async () => {
  await Promise.all([api.stop(), worker.stop()]);
  await receiver.close();
  await issuer.close();
  await database.close();
  await administer(`drop role ${role}`);
});

let serial = 0;
function hear(where: string, text: string): void {
  serial += 1;
  said.set(`${where} (${serial})`, text);
}

/** Asks and keeps the whole answer. */
async function ask(
  what: string,
  key: string | null,
  body: string,
  path = url,
  method = 'POST',
): Promise<string> {
  const response = await fetch(path, {
    method,
    headers: { 'content-type': 'application/json', ...(key !== null && { authorization: `Bearer ${key}` }) },
    ...(method === 'POST' && { body }),
  });
  const text = await response.text();
  hear(what, `${JSON.stringify([...response.headers])}\n${text}`);
  return text;
}

const query = (text: string, variables: object = {}) => JSON.stringify({ query: text, variables });

/** The one answer that tells the secret is not kept; all others are. */
async function tellSecret(key: string, text: string, field: string): Promise<Record<string, never>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: query(text),
  });
  return (await response.json()).data[field];
}

async function command(...args: string[]): Promise<string> {
  const ran = run('keys.mjs', env, { args });
  await ran.exited;
  return ran.output();
}

const changeLast = (text: string) => text.slice(0, -1) + (text.endsWith('a') ? 'b' : 'a');

async function connectSocket(params: object): Promise<void> {
  const socket = await openSocket(url, { init: false });
  socket.send({ type: 'connection_init', payload: params });
  const first = await socket.next().catch((error: unknown) => String(error));
  hear('a websocket', JSON.stringify(first));
  if (typeof first === 'string') return;
  socket.send({ id: '1', type: 'subscribe', payload: { query: '{ nothing }', variables: params } });
  hear('a websocket', JSON.stringify(await socket.next()));
  socket.socket.close();
}

async function databaseTexts(): Promise<Map<string, string>> {
  const { rows: tables } = await database.db.execute<{ name: string }>(
    sql`select table_name as name from information_schema.tables where table_schema in ('public', 'drizzle') and table_type = 'BASE TABLE'`,
  );
  const texts = new Map<string, string>();
  for (const { name } of tables) {
    const schema = name.startsWith('__') ? 'drizzle' : 'public';
    // They must be readable to sign with (docs/access.md): nobody but the table may know them.
    const row = name === 'webhooks' ? "to_jsonb(t) - 'secret' - 'previous_secret'" : 't';
    const { rows } = await database.db.execute<{ text: string }>(
      sql.raw(`select (${row})::text as text from ${schema}."${name}" t`),
    );
    texts.set(`table ${name}`, rows.map(({ text }) => text).join('\n'));
  }
  return texts;
}

test('no secret is in a log, a metric, an answer, an error or the database', async () => {
  // Keys: told once, by the command and by the mutation that make them.
  const told = await command('create', '--name', 'canary');
  const key = /tt_live_\w+/.exec(told)?.[0] ?? '';
  hear('npm run keys -- create', told.replace(key, ''));
  const token = await issuer.token();
  const made = await tellSecret(
    key,
    'mutation { createApiKey(input: { name: "second", scopes: [ADMIN] }) { ... on IssuedApiKey { secret } } }',
    'createApiKey',
  );
  const hook = (await tellSecret(
    key,
    `mutation { createWebhook(input: { url: "${receiver.url}", event: JOB_FINISHED }) { ... on WebhookSecretPayload { secret webhook { id } } } }`,
    'createWebhook',
  )) as unknown as { secret: string; webhook: { id: string } };
  const full = { 'API key': key, 'second key': String(made.secret), 'bootstrap key': bootstrap };
  for (const [name, secret] of Object.entries(full))
    canaries.push({ name, secret }, { name: `${name}’s secret`, secret: secret.slice(17) });
  canaries.push(
    { name: 'token', secret: token },
    { name: 'token’s signature', secret: token.split('.')[2] ?? '' },
    { name: 'webhook secret', secret: hook.secret },
    { name: 'webhook secret', secret: hook.secret.slice('whsec_'.length) },
    { name: 'database password', secret: password },
    { name: 'Tiingo key', secret: tiingo },
  );

  receiver.answer = (response, message) =>
    void response
      .writeHead(500, { 'x-echo': message.signatures.join() })
      .end(`${hook.secret} ${message.text}`);
  for (const credential of [key, bootstrap, token, String(made.secret)]) {
    await ask(
      'viewer',
      credential,
      query('{ viewer { subject keyId } apiKeys { edges { node { name keyId } } } }'),
    );
    await ask('a wrong credential', changeLast(credential), query('{ viewer { subject } }'));
    await ask('no JSON', key, `{ "query": "{ viewer }", ${credential}`);
    await ask('no JSON, nobody', null, `{ "${credential}`);
    await ask('no document', key, query(`{ ${credential} `));
    await ask('no document', key, query(`{ viewer { subject } } "${credential}"`));
    await ask('no such field', key, query(`{ ${credential.replace(/\W/g, '_')} }`));
    await ask('no such value', key, query(`{ strategy(id: ${credential.replace(/\W/g, '_')}) { title } }`));
    await ask('an unfit literal', key, query(`{ jobs(first: "${credential}") { totalCount } }`));
    await ask(
      'an unfit variable',
      key,
      query('query($n: Int) { jobs(first: $n) { totalCount } }', { n: credential }),
    );
    await ask(
      'a foreign cursor',
      key,
      query('query($c: String) { jobs(after: $c) { totalCount } }', { c: credential }),
    );
    await ask(
      'in the address',
      key,
      '',
      `${url}?query={viewer{subject}}&key=${encodeURIComponent(credential)}`,
      'GET',
    );
    await ask('an export', credential, '', new URL('/export/analyses.csv', url).href, 'GET');
    await ask('an export of it', key, '', new URL(`/export/analysis/${credential}.xlsx`, url).href, 'GET');
    await ask(
      'an unfit export',
      key,
      '',
      new URL(`/export/analyses.csv?after=${credential}`, url).href,
      'GET',
    );
    await connectSocket({ authorization: `Bearer ${credential}` });
    await connectSocket({ authorization: `Bearer ${changeLast(credential)}` });
    await connectSocket({ authorization: [credential], n: { credential } });
  }

  // A fault of ours tells, in the log, statement, parameters and the row that was refused.
  await database.db.execute(
    sql`alter table webhooks add constraint broken check (previous_secret is null) not valid`,
  );
  const rotate = query(
    `mutation { rotateWebhookSecret(input: { id: "${hook.webhook.id}" }) { __typename } }`,
  );
  expect(await ask('an internal error', key, rotate)).toContain('Unexpected error');
  await database.db.execute(sql`alter table webhooks drop constraint broken`);
  await api.said(/broken/);

  // A message that does not arrive.
  await ask('a job', key, query('mutation { submitAnalysis(input: { tickers: ["AAPL"] }) { __typename } }'));
  await worker.said(/webhook message failed/);

  // A source that refuses its key and tells it.
  const fake = await startFake((_url, response, { headers }) => {
    response.writeHead(403).end(`no: ${headers.authorization}`);
  });
  const source = createTiingoSource({ key: tiingo, now: () => new Date(), origin: fake.origin });
  const refused = await source
    .load({ ticker: 'AAPL', bars: 10, asOf: null }, AbortSignal.timeout(5_000))
    .catch((error: unknown) => error);
  const lines: string[] = [];
  createLogger('trace', { write: (line) => lines.push(line) }).error({ err: refused }, 'item failed');
  expect(lines.join()).toContain('item failed');
  hear('a log of Tiingo', lines.join());
  await fake.close();

  // The database goes away and comes back.
  await database.db.execute(
    sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name like 'thetool%'`,
  );
  await ask('without the database', key, query('{ queue { paused } }'));
  await eventually(async () =>
    (await ask('with it again', key, query('{ queue { paused } }'))).includes('"data"'),
  );
  const lost = run('api.mjs', { ...env, DATABASE_URL: withPassword('postgres://127.0.0.1:1/none') });
  await lost.exited;
  hear('an API without a database', lost.output());
  const unfit = run('api.mjs', {
    ...env,
    PORT: 'none',
    BOOTSTRAP_KEY: bootstrap.slice(1),
    TIINGO_KEY: `${tiingo} `,
  });
  await unfit.exited;
  hear('an API with unfit settings', unfit.output());

  const keyId = key.slice(8, 16);
  hear('npm run keys -- list', await command('list'));
  hear('npm run keys -- rotate', (await command('rotate', keyId)).replace(/tt_live_\w+/, ''));
  hear('npm run keys -- revoke', await command('revoke', keyId));
  await ask('metrics', bootstrap, '', new URL('/metrics', url).href, 'GET');

  const texts = new Map([...said, ...(await databaseTexts())]);
  texts.set('the API’s log', api.output());
  texts.set('the worker’s log', worker.output());
  expect(texts.size).toBeGreaterThan(80);
  expect(findCanaries(canaries, texts)).toEqual([]);
  // Secrets that only a fault has seen, too.
  for (const [, text] of texts) expect(text).not.toMatch(/whsec_[\w+/]{20,}/);
}, 90_000);

test('the search would find them: in a line of a log, in a table, in every form', async () => {
  const secret = `Canary/${randomBytes(12).toString('base64')}=`;
  const log: string[] = [];
  createLogger('trace', { write: (line) => log.push(line) }).info({ note: `it is ${secret}` }, 'planted');
  await database.db.execute(sql`update workspaces set name = ${secret}`);
  const texts = new Map([
    ['log', log.join()],
    ['URL', `?a=${encodeURIComponent(secret)}&b`],
    ['Base64', Buffer.from(`a ${secret} z`).toString('base64')],
    ['hex', Buffer.from(secret).toString('hex')],
    ['nothing', 'Canary'],
    ...(await databaseTexts()),
  ]);
  expect(findCanaries([{ name: 'it', secret }], texts).sort()).toEqual(
    ['it in Base64', 'it in URL', 'it in hex', 'it in log', 'it in table workspaces'].sort(),
  );
});
