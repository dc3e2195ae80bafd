import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { StartupError } from '../startup.ts';
import { databaseErrorCode } from './retry.ts';
import { ROLES } from './roles.ts';

interface RoleRow {
  readonly name: string;
  /** Row-level security does not hold for it. */
  readonly free: boolean;
  readonly enterable: boolean;
}

/**
 * What happens when several databases of one server are migrated at the same time, since they share their roles: it exists by now, or its row was
 * changed meanwhile.
 */
const collisions = new Set(['42710', '23505', 'XX000', '40001']);
const TRIES = 10;

/**
 * Sees to it that the roles exist and that whoever migrates, which is also what processes log in as, may work as them. Throws StartupError with
 * what an administrator has to run where that is not allowed.
 */
export async function provideRoles(client: pg.ClientBase): Promise<void> {
  for (let round = 1; ; round += 1) {
    try {
      await createMissing(client);
      return;
    } catch (error) {
      const code = databaseErrorCode(error) ?? '';
      if (code === '42501') throw await explain(client, error);
      if (round === TRIES || !collisions.has(code)) throw error;
      await delay(Math.random() * 20 * round);
    }
  }
}

async function createMissing(client: pg.ClientBase): Promise<void> {
  const known = await listRoles(client);
  const missing = Object.values(ROLES).filter((role) => !known.some(({ name }) => name === role));
  for (const role of missing) await client.query(`create role ${role} nologin`);
  const roles = missing.length === 0 ? known : await listRoles(client);
  for (const { name, free, enterable } of roles) {
    if (free)
      throw new StartupError(
        `Row-level security does not hold for the role ${name}: run "ALTER ROLE ${name} NOSUPERUSER NOBYPASSRLS" as an administrator.`,
      );
    if (!enterable) await client.query(`grant ${name} to current_user`);
  }
}

async function listRoles(client: pg.ClientBase): Promise<RoleRow[]> {
  const { rows } = await client.query<RoleRow>(
    // Who creates a role may grant it, which is not yet to work as it: PostgreSQL 16 tells the two apart.
    `select rolname as name, rolsuper or rolbypassrls as free,
       pg_has_role(oid, case when current_setting('server_version_num')::int < 160000 then 'MEMBER' else 'SET' end) as enterable
     from pg_roles where rolname = any($1)`,
    [Object.values(ROLES)],
  );
  return rows;
}

async function explain(client: pg.ClientBase, cause: unknown): Promise<StartupError> {
  const { rows } = await client.query<{ name: string }>('select quote_ident(current_user) as name');
  const known = (await listRoles(client)).map(({ name }) => name);
  const missing = Object.values(ROLES).filter((role) => !known.includes(role));
  return new StartupError(
    [
      'The roles that keep workspaces apart cannot be made by the user of DATABASE_URL. Let an administrator of the server run once:',
      ...missing.map((role) => `  CREATE ROLE ${role} NOLOGIN;`),
      `  GRANT ${Object.values(ROLES).join(', ')} TO ${rows[0]?.name};`,
      'and start again (docs/access.md, "Two isolation layers").',
    ].join('\n'),
    { cause },
  );
}
