import { SCOPES, type Scope, toScopes } from '../access.ts';
import { parseUuid } from '../uuid.ts';

/** Whose tokens are taken, and which. */
export interface TokenRules {
  readonly issuer: string;
  readonly audience: string;
  /** Where the issuer's public keys are. */
  readonly jwksUrl: string;
  /** The claim that names the workspace, by its id. */
  readonly workspaceClaim: string;
  /** A token that was made for longer is refused: nothing but its end takes a stolen one back. */
  readonly maxLifetimeS: number;
  /** For how many days after its token an API key may live that is made with a token. */
  readonly keyDays: number;
}

/** What a verified token says. */
export interface Claims {
  readonly issuer: string;
  readonly subject: string;
  readonly workspaceId: string;
  /** What the token is limited to; null: it does not say. */
  readonly scopes: ReadonlySet<Scope> | null;
  readonly expiresAtMs: number;
  /** When an API key that is made with the token ends at the latest. */
  readonly keysUntilMs: number;
}

/** Clocks of issuer and API may differ by so much. */
export const TOLERANCE_S = 5;
const MAX_SUBJECT = 255;
const DAY_MS = 86_400_000;

/** Reads the payload of a token whose signature, issuer, audience and times are right; null: it does not say what it must. */
export function readClaims(
  payload: Readonly<Record<string, unknown>>,
  { issuer, workspaceClaim, maxLifetimeS, keyDays }: TokenRules,
  nowMs: number,
): Claims | null {
  const { sub, iat, exp, scope } = payload;
  const workspaceId = parseUuid(Object.hasOwn(payload, workspaceClaim) ? payload[workspaceClaim] : null);
  if (typeof iat !== 'number' || typeof exp !== 'number') return null;
  // Without the second, a token of the future would live longer than any may.
  if (exp - iat > maxLifetimeS || iat > nowMs / 1_000 + TOLERANCE_S) return null;
  if (!isSubject(sub) || workspaceId === null) return null;
  if (scope !== undefined && typeof scope !== 'string') return null;
  return {
    issuer,
    subject: sub,
    workspaceId,
    scopes: scope === undefined ? null : toScopes(scopesIn(scope)),
    expiresAtMs: exp * 1_000,
    keysUntilMs: exp * 1_000 + keyDays * DAY_MS,
  };
}

/** As a membership may name it. PostgreSQL stores neither NUL nor half characters, and what looks equal must be equal. */
export function isSubject(sub: unknown): sub is string {
  return (
    typeof sub === 'string' &&
    sub.length > 0 &&
    sub.length <= MAX_SUBJECT &&
    sub.isWellFormed() &&
    !/\p{Cc}/u.test(sub)
  );
}

/** Those that are known here; a token may have others, for other services. */
function scopesIn(text: string): readonly Scope[] {
  const words = text.split(' ');
  return SCOPES.filter((scope) => words.includes(scope));
}

/** What a member may do with a token: what both allow. */
export function commonScopes(member: Iterable<Scope>, token: ReadonlySet<Scope> | null): ReadonlySet<Scope> {
  const all = toScopes(member);
  return token === null ? all : new Set([...all].filter((scope) => token.has(scope)));
}
