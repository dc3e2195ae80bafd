import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { Logger } from '../logger.ts';
import { followKeySet, type KeySet, type KeySetTimes, KeysUnavailable } from './follow-key-set.ts';
import { type Claims, readClaims, TOLERANCE_S, type TokenRules } from './token.ts';

/** Null: the token is not valid. Rejects when nobody can tell at the moment. */
export type VerifyToken = (token: string) => Promise<Claims | null>;

const times: KeySetTimes = { maxAgeMs: 600_000, cooldownMs: 30_000, timeoutMs: 1_500, pauseMs: 1_000 };
/** Asymmetric alone: who can check a token cannot make one. */
const ALGORITHMS = ['RS256', 'ES256', 'EdDSA'];
/** Newer pages of keys that one token waits for: one that was asked for before the token came, and the next. */
const MAX_LOOKS = 2;
/** Keys of one name, or all keys where a token names none, that are tried for one token. */
const MAX_TRIED = 8;

/** Judges tokens (JWT) of one issuer by its published keys. */
export function createTokenVerifier({
  rules,
  log,
  ...changed
}: { readonly rules: TokenRules; readonly log: Logger } & Partial<KeySetTimes>): VerifyToken {
  const sets = followKeySet(rules.jwksUrl, log, { ...times, ...changed });
  const options = {
    issuer: rules.issuer,
    audience: rules.audience,
    algorithms: ALGORITHMS,
    clockTolerance: TOLERANCE_S,
    requiredClaims: ['exp', 'sub', 'iat'],
  };

  /** jose asks for the keys once it has read the header: what is no token, or is signed in another way, needs none to be refused. */
  async function check(token: string, loadSet: () => Promise<KeySet>): Promise<JWTPayload> {
    try {
      const keyOf: JWTVerifyGetKey = async (header, parts) => {
        // No later set of keys has a key with such a name.
        if (header.kid !== undefined && typeof header.kid !== 'string')
          throw new errors.JWSInvalid('the name of the key is not a string');
        return findKey(await loadSet(), header, parts);
      };
      return (await jwtVerify(token, keyOf, options)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
      return checkWithEach(token, error);
    }
  }

  /** Several keys fit the token: a name that an issuer gave twice, or a token without one. */
  async function checkWithEach(token: string, keys: AsyncIterable<CryptoKey>): Promise<JWTPayload> {
    let fault: unknown = new errors.JWSSignatureVerificationFailed();
    let tried = 0;
    for await (const key of keys) {
      if (tried === MAX_TRIED) break;
      tried += 1;
      try {
        return (await jwtVerify(token, key, options)).payload;
      } catch (error) {
        fault = error;
        if (!(error instanceof errors.JWSSignatureVerificationFailed)) break;
      }
    }
    throw fault;
  }

  return async (token) => {
    const shownAtMs = performance.now();
    let set: KeySet | null = null;
    const loadSet = async () => {
      set ??= await sets.current();
      return set;
    };
    for (let look = 1; ; look += 1) {
      try {
        return readClaims(await check(token, loadSet), rules, Date.now());
      } catch (error) {
        if (error instanceof KeysUnavailable) throw error;
        const isOpen = error instanceof UnknownKey && look <= MAX_LOOKS;
        const newer: KeySet | null = isOpen
          ? await sets.after(await loadSet(), error.message, shownAtMs)
          : null;
        if (newer === null) {
          // The errors of jose hold the claims, which are about people.
          log.debug(
            { code: error instanceof errors.JOSEError ? error.code : 'OTHER' },
            'a token was refused',
          );
          return null;
        }
        set = newer;
      }
    }
  };
}

/** No published key fits the token; the message is the name of its key. */
class UnknownKey extends Error {
  override readonly name = 'UnknownKey';
}

async function findKey({ find }: KeySet, ...[header, parts]: Parameters<JWTVerifyGetKey>) {
  try {
    return await find(header, parts);
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey)
      throw new UnknownKey(String(header.kid ?? '').slice(0, 256));
    if (error instanceof errors.JWKSMultipleMatchingKeys || error instanceof errors.JOSENotSupported)
      throw error;
    throw new KeysUnavailable('a key of tokens cannot be read', { cause: error });
  }
}
