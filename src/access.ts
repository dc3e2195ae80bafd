/** What a caller may do. Who may write jobs may also read them; `admin` is about keys, audit and queue, not about data. */
export const SCOPES = ['jobs:write', 'jobs:read', 'results:read', 'candles:write', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/**
 * What an access rests on: an API key, a token of a member, or the server itself (the development key, the bootstrap key, the command line). A key that
 * is made with a token ends at `keysUntil` at the latest.
 */
export type Credential =
  | { readonly type: 'KEY' }
  | { readonly type: 'TOKEN'; readonly issuer: string; readonly keysUntil: Date }
  | { readonly type: 'SERVER' };

/** On whose behalf something is read or done. */
export interface Access {
  readonly workspaceId: string;
  /** Null: not by an API key. */
  readonly keyId: string | null;
  /** Who it is, for people: the name of a key, the subject of a token. */
  readonly subject: string;
  readonly scopes: ReadonlySet<Scope>;
  readonly credential: Credential;
}

/** The workspace that the migration creates. */
export const DEFAULT_WORKSPACE_ID = '00000000-0000-7000-8000-000000000001';

/** Equal for accesses that can read the same rows and fields. The credential is not part of it, because only mutations use the credential. */
export function accessKey({ workspaceId, keyId, subject, scopes }: Access): string {
  return JSON.stringify([workspaceId, keyId, subject, [...scopes].sort()]);
}

/** With what the scopes imply. */
export function toScopes(given: Iterable<Scope>): ReadonlySet<Scope> {
  const scopes = new Set(given);
  if (scopes.has('jobs:write')) scopes.add('jobs:read');
  return scopes;
}

/** The owner of open streams and exports: a key, or the subject of a token. */
export function limitKeyOf({ workspaceId, keyId, subject }: Access): string {
  return keyId ?? `${workspaceId} ${subject}`;
}
