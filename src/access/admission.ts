import type { Access } from '../access.ts';

/** Somebody is let in. */
export interface Admitted {
  readonly access: Access;
  /** Calls back once when the access ends, at once if it has: it was revoked or has expired. Answers how to stop listening. */
  onEnd(listener: () => void): () => void;
}

/**
 * Somebody is not let in. UNAUTHENTICATED looks the same whatever was wrong; TOO_MANY_TRIES: the address has shown too many wrong
 * credentials; UNAVAILABLE: nobody can tell at the moment.
 */
export interface Refused {
  readonly refusal: 'UNAUTHENTICATED' | 'TOO_MANY_TRIES' | 'UNAVAILABLE';
  /** Seconds after which another try makes sense. */
  readonly retryAfterS: number | null;
  /** What is unavailable, if it is not the database: the keys of the issuer of tokens. */
  readonly lacks?: 'ISSUER_KEYS';
}

/** Tells who shows a credential. `authorization` is the header, or what a websocket gave in its place; null: none. */
export type Admit = (authorization: string | null, address: string) => Promise<Admitted | Refused>;
