import { type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { receiveResponse } from '../net/receive-response.ts';
import { type Address, createResolve, type Resolve } from '../net/resolve-name.ts';
import { sign } from './signature.ts';
import { bareHost, mayReach, type TargetPolicy } from './target.ts';
import type { Failure } from './webhook.ts';

export interface Letter {
  /** Shares look-ups of names with the other letters of its workspace. */
  readonly workspaceId: string;
  readonly url: string;
  readonly secrets: readonly string[];
  /** `webhook-id`: the same whenever the message is sent again. */
  readonly id: string;
  readonly body: string;
}

export type Outcome = { readonly status: number } | { readonly failure: Failure };
export type Send = (letter: Letter, signal: AbortSignal) => Promise<Outcome>;

/** Of name, connection, certificate, request and answer together. */
export const DEADLINE_MS = 10_000;
/** What is read of an answer before the connection is closed. It is thrown away. */
const MAX_ANSWER_BYTES = 4_096;

/**
 * Sends signed messages. The receiver's name is resolved once; every address it has must be one that the policy allows, and the connection
 * goes to these addresses and no others, so that a name cannot point elsewhere between check and use. Redirects are not followed, and no
 * connection is kept. Rejects with the signal's reason only.
 */
export function createSender(deps: {
  readonly policy: TargetPolicy;
  readonly now: () => Date;
  readonly resolve?: Resolve;
  readonly deadlineMs?: number;
}): Send {
  const { policy, now, resolve = createResolve(), deadlineMs = DEADLINE_MS } = deps;

  async function addressesOf(
    url: URL,
    workspaceId: string,
    signal: AbortSignal,
  ): Promise<readonly Address[] | Failure> {
    const host = bareHost(url);
    const family = isIP(host);
    const addresses =
      family !== 0
        ? [{ address: host, family }]
        : await resolve(host, { owner: workspaceId, signal }).catch(() => null);
    if (addresses === null) return failed('UNKNOWN_HOST', 'The DNS lookup of the host failed.');
    if (addresses.length === 0) return failed('UNKNOWN_HOST', 'The host has no address.');
    if (!addresses.every(({ address }) => mayReach(address, policy)))
      return failed('BLOCKED_ADDRESS', 'The host has an address that is not on the public internet.');
    return addresses;
  }

  return async (letter, signal) => {
    const late = AbortSignal.timeout(deadlineMs);
    const either = AbortSignal.any([signal, late]);
    const url = new URL(letter.url);
    try {
      const addresses = await orAbort(addressesOf(url, letter.workspaceId, either), either);
      if ('code' in addresses) return { failure: addresses };
      const answer = await post(url, addresses, headersOf(letter, now()), letter.body, either);
      return judge(answer);
    } catch (error) {
      signal.throwIfAborted();
      if (late.aborted)
        return { failure: failed('TIMEOUT', `The receiver did not respond within ${deadlineMs / 1_000} s.`) };
      return { failure: failed('CONNECTION', `The connection failed: ${codeOf(error)}.`) };
    }
  };
}

function headersOf({ secrets, id, body }: Letter, now: Date) {
  const timestamp = Math.floor(now.getTime() / 1_000);
  return {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'user-agent': 'TheTool-Webhooks/1',
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': secrets.map((secret) => sign(secret, id, timestamp, body)).join(' '),
  };
}

interface Reply {
  readonly status: number;
  readonly retryAfter: string | undefined;
}

function post(
  url: URL,
  addresses: readonly Address[],
  headers: Readonly<Record<string, string | number>>,
  body: string,
  signal: AbortSignal,
): Promise<Reply> {
  // The connection asks for the name again; it is given what was checked.
  const checked: LookupFunction = (_host, options, answer) => {
    const [first] = addresses;
    if (options.all) answer(null, [...addresses]);
    else answer(null, first?.address ?? '', first?.family);
  };
  const start = url.protocol === 'https:' ? requestHttps : requestHttp;
  const request: ClientRequest = start(url, {
    method: 'POST',
    headers,
    lookup: checked,
    agent: false,
    signal,
    maxHeaderSize: 16_384,
  });
  const reply = receiveResponse(request, signal, (response) => readReply(request, response));
  request.end(body);
  return reply;
}

function readReply(request: ClientRequest, response: IncomingMessage): Promise<Reply> {
  const { promise, resolve } = Promise.withResolvers<Reply>();
  const reply = {
    status: response.statusCode ?? 0,
    retryAfter: response.headers['retry-after'],
  };
  let bytes = 0;
  const done = () => {
    request.destroy();
    resolve(reply);
  };
  response.on('data', (part: Buffer) => {
    bytes += part.length;
    if (bytes > MAX_ANSWER_BYTES) done();
  });
  response.on('end', done);
  // The status has come: what breaks after it changes nothing, nor does an answer that never ends.
  response.on('error', done);
  response.on('close', done);
  return promise;
}

function judge({ status, retryAfter }: Reply): Outcome {
  if (status >= 200 && status < 300) return { status };
  if (status === 410)
    return {
      failure: failed('GONE', 'The receiver responded with 410: it rejects further messages.', status),
    };
  if (status >= 300 && status < 400)
    return {
      failure: failed(
        'REDIRECT',
        `The receiver responded with ${status}; redirects are not followed.`,
        status,
      ),
    };
  const asked = status === 429 || status === 503 ? readRetryAfter(retryAfter) : null;
  return { failure: failed('STATUS', `The receiver responded with ${status}.`, status, asked) };
}

function failed(
  code: Failure['code'],
  message: string,
  status: number | null = null,
  retryAfterMs: number | null = null,
): Failure {
  return { code, message, status, retryAfterMs };
}

/** Seconds only: a date would need a clock that both share. */
function readRetryAfter(header: string | undefined): number | null {
  return header !== undefined && /^\d{1,6}$/.test(header.trim()) ? Number(header) * 1_000 : null;
}

/** The system's word for what went wrong, without addresses. */
function codeOf(error: unknown): string {
  const { code, errors } = Object(error) as { code?: unknown; errors?: readonly unknown[] };
  if (typeof code === 'string') return code;
  return errors?.[0] === undefined ? 'unknown fault' : codeOf(errors[0]);
}

/** Nobody waits any longer for a look-up that goes on. */
async function orAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason as Error);
  signal.throwIfAborted();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
