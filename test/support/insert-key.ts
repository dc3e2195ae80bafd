import { digestOf, makeKey } from '../../src/access/key.ts';
import { SCOPES } from '../../src/access.ts';
import type { Db } from '../../src/db/client.ts';
import { sql } from '../../src/db/drizzle.ts';
import { newId } from '../../src/uuid.ts';

/** A new workspace. */
export async function insertWorkspace(db: Db): Promise<string> {
  const id = newId();
  await db.execute(sql`insert into workspaces (id, name) values (${id}, ${id})`);
  return id;
}

/** A key with all scopes, named `test`. */
export async function insertKey(db: Db, workspaceId: string): Promise<string> {
  const { key, keyId } = makeKey();
  const scopes = sql.param([...SCOPES]);
  await db.execute(sql`
    insert into api_keys (id, workspace_id, key_id, name, scopes, hash, created_by)
    values (${newId()}, ${workspaceId}, ${keyId}, 'test', ${scopes}::text[], ${digestOf(key)}, 'test')`);
  return key;
}
