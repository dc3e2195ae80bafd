import type pg from 'pg';

/**
 * Settings that change what a statement returns, which rows it sees or whether it runs, with the values that this program is written for.
 * A server, a database or a role may have other defaults (`ALTER DATABASE … SET`), so every connection sets them itself. `search_path`
 * is left alone: it is how an administrator chooses the schema of the tables.
 */
const sessionSettings = {
  datestyle: 'ISO, YMD',
  intervalstyle: 'postgres',
  timezone: 'UTC',
  bytea_output: 'hex',
  extra_float_digits: '1',
  standard_conforming_strings: 'on',
  array_nulls: 'on',
  transform_null_equals: 'off',
  row_security: 'on',
  default_transaction_isolation: 'read committed',
  default_transaction_read_only: 'off',
  default_transaction_deferrable: 'off',
  // A server may end sessions that were idle for a while. The session of a worker holds its lock, and that of a listener its LISTEN.
  idle_session_timeout: '0',
} as const;

const values = Object.entries(sessionSettings);
const statement = `/* prepareSession */ select ${values
  .map(([name, value]) => `set_config('${name}', '${value}', false)`)
  .join(', ')}`;

/**
 * Sets everything of `sessionSettings`, in one statement. On a pipelined connection it need not be awaited: the statements sent after it run
 * after it. Rejects when the connection is lost.
 */
export async function prepareSession(client: pg.ClientBase): Promise<void> {
  await client.query(statement);
}

/** The same settings and a role as the `options` of a connection, for a library that makes its connections itself. */
export function sessionOptions(role: string | undefined): string {
  const all = role === undefined ? values : [['role', role] as const, ...values];
  return all.map(([name, value]) => `-c ${name}=${value.replaceAll(' ', '\\ ')}`).join(' ');
}
