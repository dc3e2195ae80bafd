import { SCOPES } from '../access.ts';
import { bytes, createdAt, instant, literals } from '../db/columns.ts';
import { check, index, pgTable, sql, text, uniqueIndex, uuid } from '../db/drizzle.ts';
import { workspaceId } from '../db/workspace.tables.ts';

/** Keys of programs. The key itself is shown once and stored nowhere: only its SHA-256 is, which for 256 random bits needs no slow hash. */
export const apiKeys = pgTable(
  'api_keys',
  {
    id: uuid('id').primaryKey(),
    workspaceId: workspaceId(),
    /** The part of the key that may be shown: by it a key is found, listed and revoked. */
    keyId: text('key_id').notNull(),
    name: text('name').notNull(),
    hash: bytes('hash').notNull(),
    scopes: text('scopes').array().notNull(),
    rateClass: text('rate_class').notNull().default('standard'),
    createdAt: createdAt(),
    /** Who made it: a key's id, a token's subject, or the command line. */
    createdBy: text('created_by').notNull(),
    expiresAt: instant('expires_at'),
    revokedAt: instant('revoked_at'),
    /** Of the member with whose membership the key ends, and whose scopes bound those of the key. Null: of nobody. */
    memberIssuer: text('member_issuer'),
    memberSubject: text('member_subject'),
    /** Written once a minute at most. */
    lastUsedAt: instant('last_used_at'),
  },
  (t) => [
    uniqueIndex('api_keys_key_id_key').on(t.keyId),
    index('api_keys_workspace_idx').on(t.workspaceId, t.id),
    index('api_keys_member_idx').on(t.workspaceId, t.memberSubject).where(sql`member_subject is not null`),
    check('api_keys_key_id_check', sql`key_id ~ '^[0-9A-Za-z]{8}$'`),
    check('api_keys_hash_check', sql`octet_length(hash) = 32`),
    check('api_keys_member_check', sql`(member_issuer is null) = (member_subject is null)`),
    check('api_keys_name_check', sql`name = btrim(name) and char_length(name) between 1 and 100`),
    check('api_keys_scopes_check', sql`cardinality(scopes) >= 1 and scopes <@ array[${literals(SCOPES)}]`),
  ],
);
