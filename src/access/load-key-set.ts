import { lookup } from 'node:dns/promises';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { JSONWebKeySet, JWK } from 'jose';
import { receiveResponse } from '../net/receive-response.ts';
import type { Address, Resolve } from '../net/resolve-name.ts';

/** Bytes of a page of keys; the largest of well-known issuers have about 20 KB. */
export const MAX_BYTES = 262_144;
/** Keys of a page. Issuers publish two or three. */
export const MAX_KEYS = 100;

/**
 * Reads the page of an issuer's keys (JWKS) within `timeoutMs`. A page that is larger than `MAX_BYTES` is not read to its end, and redirects are not followed. Throws for
 * everything that is no set of keys.
 */
export async function loadKeySet(url: string, timeoutMs: number, resolve: Resolve): Promise<JSONWebKeySet> {
  const signal = AbortSignal.timeout(timeoutMs);
  const request = new URL(url).protocol === 'https:' ? requestHttps : requestHttp;
  const asked = request(url, {
    headers: { accept: 'application/json' },
    agent: false,
    lookup: lookUpWith(resolve, signal),
    signal,
  });
  asked.end();
  try {
    return await receiveResponse(asked, signal, async (response) => {
      if (response.statusCode !== 200)
        throw new Error(`the page of keys returned status ${response.statusCode}`);
      return parseKeySet(await readText(response));
    });
  } finally {
    asked.destroy();
  }
}

/**
 * The look-up of a connection, which takes no thread while name servers do not respond. A name that they say there is not may be one that only the
 * system knows, such as a short name of a cluster: then the system is asked.
 */
function lookUpWith(resolve: Resolve, signal: AbortSignal): LookupFunction {
  return (host, { all = false }, answer) => {
    const respond = (addresses: readonly Address[]) => {
      const [first] = addresses;
      if (all) answer(null, [...addresses]);
      else answer(null, first?.address ?? '', first?.family);
    };
    resolve(host, { owner: host, signal })
      .then((found) => (found.length > 0 ? found : lookup(host, { all: true })))
      .then(respond, (error: NodeJS.ErrnoException) => answer(error, ''));
  };
}

async function readText(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > MAX_BYTES) throw new Error(`the page of keys is larger than ${MAX_BYTES} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** Entries that are no keys are left out: one that a later standard defines must not make the others useless. */
function parseKeySet(text: string): JSONWebKeySet {
  const { keys } = Object(JSON.parse(text)) as { readonly keys?: unknown };
  if (!Array.isArray(keys)) throw new Error('the page of keys has no list of keys');
  if (keys.length > MAX_KEYS) throw new Error(`the page of keys has more than ${MAX_KEYS} keys`);
  return { keys: keys.filter(isKey) };
}

function isKey(entry: unknown): entry is JWK {
  return typeof entry === 'object' && entry !== null && typeof Object(entry).kty === 'string';
}
