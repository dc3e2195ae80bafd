import { createHash } from 'node:crypto';

/** JSON with keys in code-unit order and `undefined` left out: equal values give equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    isPlainObject(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** SHA-256 of the canonical JSON, hexadecimal. */
export function hashOf(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}

/**
 * Equal work has equal fingerprints: the order of tickers and of option keys does not matter. The time is not part of it, because a job that was
 * scheduled for earlier does the work of a request for now: `findActiveJob` compares the times.
 */
export function fingerprintOf(work: {
  readonly kind: string;
  readonly strategy: string;
  readonly source: string;
  readonly options: unknown;
  readonly tickers: readonly string[];
}): string {
  const { kind, strategy, source, options, tickers } = work;
  return hashOf({ kind, strategy, source, options, tickers: [...tickers].sort() });
}
