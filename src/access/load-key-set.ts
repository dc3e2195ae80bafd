import type { JSONWebKeySet, JWK } from 'jose';

/** Bytes of a page of keys; the largest of well-known issuers have about 20 KB. */
export const MAX_BYTES = 262_144;
/** Keys of a page. Issuers publish two or three. */
export const MAX_KEYS = 100;

/**
 * Reads the page of an issuer's keys (JWKS) within `timeoutMs`. A page that is larger than `MAX_BYTES` is not read to its end, and redirects are not followed. Throws for
 * everything that is no set of keys.
 */
export async function loadKeySet(url: string, timeoutMs: number): Promise<JSONWebKeySet> {
  const response = await fetch(url, {
    headers: { accept: 'application/json' },
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`the page of keys returned status ${response.status}`);
  }
  return parseKeySet(await readText(response));
}

async function readText({ body }: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  // A loop that is left by an error cancels the body.
  for await (const part of body ?? []) {
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
