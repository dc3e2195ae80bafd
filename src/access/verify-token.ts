import { createRemoteJWKSet, customFetch, errors, jwtVerify } from 'jose';
import type { Logger } from '../logger.ts';
import { type Claims, readClaims, TOLERANCE_S, type TokenRules } from './token.ts';

/** Null: the token is not valid. Rejects when nobody can tell at the moment. */
export type VerifyToken = (token: string) => Promise<Claims | null>;

export interface KeySetTimes {
  /** Keys are loaded again after this. When that fails the known ones go on. */
  readonly maxAgeMs: number;
  /** A key that is not known makes them load again, but not more often than this. */
  readonly cooldownMs: number;
  readonly timeoutMs: number;
  /** After a failure nobody waits for another try for so long. */
  readonly pauseMs: number;
}

const times: KeySetTimes = { maxAgeMs: 600_000, cooldownMs: 30_000, timeoutMs: 1_500, pauseMs: 1_000 };
/** Asymmetric alone: who can check a token cannot make one. */
const ALGORITHMS = ['RS256', 'ES256', 'EdDSA'];

class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable';
}

/**
 * Judges tokens (JWT) of one issuer by its published keys. jose loads them when they are needed first, and when a token names a key that is not
 * among them; by itself it would forget them with age, even when no others can be had.
 */
export function createTokenVerifier({
  rules,
  log,
  maxAgeMs = times.maxAgeMs,
  cooldownMs = times.cooldownMs,
  timeoutMs = times.timeoutMs,
  pauseMs = times.pauseMs,
}: { readonly rules: TokenRules; readonly log: Logger } & Partial<KeySetTimes>): VerifyToken {
  let pausedUntil = 0;
  let refreshAt = 0;
  const keys = createRemoteJWKSet(new URL(rules.jwksUrl), {
    cacheMaxAge: Number.POSITIVE_INFINITY,
    cooldownDuration: cooldownMs,
    timeoutDuration: timeoutMs,
    [customFetch]: load,
  });

  async function load(...[url, options]: Parameters<typeof fetch>): Promise<Response> {
    if (performance.now() < pausedUntil) throw new Error('the keys could not be loaded a moment ago');
    pausedUntil = performance.now() + timeoutMs + pauseMs;
    const response = await fetch(url, options).finally(() => {
      pausedUntil = performance.now() + pauseMs;
    });
    if (response.status === 200) {
      pausedUntil = 0;
      refreshAt = performance.now() + maxAgeMs;
    }
    return response;
  }

  /** A key that its issuer has withdrawn must not be good for ever. */
  async function refresh(): Promise<void> {
    if (keys.jwks() === undefined || performance.now() < refreshAt) return;
    refreshAt = performance.now() + cooldownMs;
    await keys
      .reload()
      .catch((error: unknown) => log.warn({ err: error }, 'keys of tokens could not be renewed'));
  }

  const keyFor: typeof keys = Object.assign(async (...asked: Parameters<typeof keys>) => {
    await refresh();
    try {
      return await keys(...asked);
    } catch (error) {
      if (
        error instanceof errors.JWKSNoMatchingKey ||
        error instanceof errors.JWKSMultipleMatchingKeys ||
        error instanceof errors.JOSENotSupported
      )
        throw error;
      throw new KeysUnavailable('keys of tokens could not be loaded', { cause: error });
    }
  }, keys);

  return async (token) => {
    try {
      const { payload } = await jwtVerify(token, keyFor, {
        issuer: rules.issuer,
        audience: rules.audience,
        algorithms: ALGORITHMS,
        clockTolerance: TOLERANCE_S,
        requiredClaims: ['exp', 'sub', 'iat'],
      });
      return readClaims(payload, rules, Date.now());
    } catch (error) {
      if (error instanceof KeysUnavailable) throw error;
      // The errors of jose hold the claims, which are about people.
      log.debug({ code: error instanceof errors.JOSEError ? error.code : 'OTHER' }, 'a token was refused');
      return null;
    }
  };
}
