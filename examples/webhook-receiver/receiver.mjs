/**
 * Receives webhooks and stores each event once in SQLite. Node 24, no packages:
 * `WEBHOOK_SECRET=whsec_… PORT=8080 node receiver.mjs events.db`
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { DatabaseSync } from 'node:sqlite';

const MAX_BODY_BYTES = 4 * 1024 * 1024;
const MAX_AGE_S = 300;

const { WEBHOOK_SECRET = '', PORT = '8080' } = process.env;
const key = Buffer.from(WEBHOOK_SECRET.replace(/^whsec_/, ''), 'base64');
if (key.length < 24) throw new Error('Set WEBHOOK_SECRET to the secret that createWebhook returned.');

const database = new DatabaseSync(process.argv[2] ?? 'events.db');
database.exec('PRAGMA busy_timeout = 5000');
database.exec(readFileSync(new URL('schema.sql', import.meta.url), 'utf8'));
const noteMessage = database.prepare('INSERT OR IGNORE INTO messages (id) VALUES (?)');
const noteEvent = database.prepare('INSERT OR IGNORE INTO events (subject_id, type, body) VALUES (?, ?, ?)');

/** A request that is rejected with this status. */
class Rejected extends Error {
  constructor(status) {
    super(`rejected with ${status}`);
    this.status = status;
  }
}

/** The raw bytes of the body: the signature is over these, not over a text that was parsed and written again. */
async function readBody(request) {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) throw new Rejected(413);
  const parts = [];
  let size = 0;
  for await (const part of request) {
    size += part.length;
    // The length was not announced. Leaving the loop closes the connection.
    if (size > MAX_BODY_BYTES) throw new Rejected(413);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function isSigned({ 'webhook-id': id, 'webhook-timestamp': sent, 'webhook-signature': signatures }, body) {
  if (!id || !/^\d{1,12}$/.test(sent ?? '') || !signatures) return false;
  if (Math.abs(Date.now() / 1_000 - Number(sent)) > MAX_AGE_S) return false;
  const digest = createHmac('sha256', key).update(`${id}.${sent}.`).update(body).digest('base64');
  const expected = Buffer.from(`v1,${digest}`);
  // While a secret is rotated, a message has one signature of each secret.
  return signatures.split(' ').some((one) => {
    const given = Buffer.from(one);
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}

function parse(body) {
  try {
    const { type, data } = JSON.parse(body.toString());
    // Other types of messages may come later: they have no known events.
    return { type: String(type), subjects: [...(data.jobs ?? []), ...(data.analyses ?? [])] };
  } catch {
    throw new Rejected(400);
  }
}

/** Message and events in one transaction: after a crash the message comes again and nothing of it is stored. */
function store(id, { type, subjects }) {
  database.exec('BEGIN IMMEDIATE');
  try {
    let added = 0;
    if (noteMessage.run(id).changes > 0)
      for (const subject of subjects)
        added += Number(noteEvent.run(subject.id, type, JSON.stringify(subject)).changes);
    database.exec('COMMIT');
    return added;
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

async function receive(request) {
  if (request.method !== 'POST') throw new Rejected(405);
  const body = await readBody(request);
  if (!isSigned(request.headers, body)) throw new Rejected(401);
  const message = parse(body);
  console.log(message.type, store(request.headers['webhook-id'], message), 'new');
}

const server = createServer({ requestTimeout: 10_000 }, async (request, response) => {
  // A client that leaves meanwhile is no fault.
  response.on('error', () => undefined);
  try {
    await receive(request);
    response.writeHead(204).end();
  } catch (error) {
    // After any other status than 2xx the message comes again later.
    const status = error instanceof Rejected ? error.status : 500;
    if (status === 500) console.error(error);
    if (!response.destroyed) response.writeHead(status, { connection: 'close' }).end();
  }
});
server.listen(Number(PORT), '127.0.0.1', () => console.log('listening on port', server.address().port));
