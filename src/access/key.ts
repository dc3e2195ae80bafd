import { createHash, randomBytes, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { type Scope, toScopes } from '../access.ts';

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const ID_LENGTH = 8;
/** 32 bytes in base 62. */
const SECRET_LENGTH = 43;
/** 32 bits in base 62. */
const CHECKSUM_LENGTH = 6;
const FORM = new RegExp(
  `^tt_live_([0-9A-Za-z]{${ID_LENGTH}})_[0-9A-Za-z]{${SECRET_LENGTH}}([0-9A-Za-z]{${CHECKSUM_LENGTH}})$`,
);

/** A key as it is stored and shown: without its secret. */
export interface ApiKey {
  readonly id: string;
  readonly workspaceId: string;
  readonly keyId: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly rateClass: string;
  readonly createdAt: Date;
  readonly createdBy: string;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
  readonly lastUsedAt: Date | null;
  /** With whose membership the key ends; null: with nobody's. */
  readonly memberIssuer: string | null;
  readonly memberSubject: string | null;
}

/** A line about a key for the command line. */
export function describeKey(key: ApiKey): string {
  const iso = (time: Date | null) => time?.toISOString() ?? 'never';
  const end = key.revokedAt ? `revoked ${iso(key.revokedAt)}` : `expires ${iso(key.expiresAt)}`;
  const member = key.memberSubject === null ? '' : `of member ${key.memberSubject}  `;
  return `${key.keyId}  ${key.scopes.join(',')}  ${end}  used ${iso(key.lastUsedAt)}  by ${key.createdBy}  ${member}${key.name}`;
}

/** What a new key can have at most: that of the credential which makes it. */
export interface KeyBounds {
  /** Null: all. */
  readonly scopes: ReadonlySet<Scope> | null;
  /** Null: the key may live indefinitely. */
  readonly endsAt: Date | null;
  /** With whose membership the key ends, too; null: with nobody's. */
  readonly member: { readonly issuer: string; readonly subject: string } | null;
}

/** Which of these scopes, and of those that they imply, a new key may not have. */
export function scopesBeyond({ scopes }: KeyBounds, asked: Iterable<Scope>): readonly Scope[] {
  return scopes === null ? [] : [...toScopes(asked)].filter((scope) => !scopes.has(scope)).sort();
}

/** Whether a key that ends then would outlive the credential which makes it. Null: it never ends. */
export function endsBeyond({ endsAt }: KeyBounds, end: Date | null): boolean {
  return endsAt !== null && (end === null || end.getTime() > endsAt.getTime());
}

function inBase62(value: bigint, length: number): string {
  let text = '';
  for (let rest = value; text.length < length; rest /= 62n) text = DIGITS[Number(rest % 62n)] + text;
  return text;
}

/**
 * `tt_live_<id>_<secret><checksum>`: the prefix is for secret scanners, the id for people and the look-up, the checksum tells a typing error or
 * a guess without asking the database.
 */
export function makeKey(): { readonly key: string; readonly keyId: string } {
  const keyId = Array.from({ length: ID_LENGTH }, () => DIGITS[randomInt(62)]).join('');
  const secret = inBase62(BigInt(`0x${randomBytes(32).toString('hex')}`), SECRET_LENGTH);
  const body = `tt_live_${keyId}_${secret}`;
  return { key: body + checksumOf(body), keyId };
}

function checksumOf(body: string): string {
  return inBase62(BigInt(crc32(body)), CHECKSUM_LENGTH);
}

/** The id of what may be a key; null for what cannot be one. */
export function keyIdOf(text: string): string | null {
  const [, keyId, checksum] = FORM.exec(text) ?? [];
  if (keyId === undefined || checksum !== checksumOf(text.slice(0, -CHECKSUM_LENGTH))) return null;
  return keyId;
}

/** Whether this has the form of a key's id. */
export function isKeyId(text: string): boolean {
  return /^[0-9A-Za-z]{8}$/.test(text);
}

export function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
