import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { type Db, openDatabase } from '../../src/db/client.ts';
import { silent } from './silent.ts';

export interface TestDatabase {
  readonly url: string;
  readonly db: Db;
  /** Every statement that ran on `db` since it was opened. */
  readonly statements: string[];
  close(): Promise<void>;
}

/** A database of its own for a test file: a copy of the migrated template, or an empty one. */
export async function createTestDatabase(kind: 'MIGRATED' | 'EMPTY' = 'MIGRATED'): Promise<TestDatabase> {
  const template = new URL(inject('templateUrl'));
  const name = `test_${randomBytes(6).toString('hex')}`;
  const source = kind === 'MIGRATED' ? template.pathname.slice(1) : 'template0';
  await administer(`create database ${name} template ${source}`);
  const url = Object.assign(new URL(template), { pathname: `/${name}` }).href;
  const statements: string[] = [];
  const onStatement = (text: string) => statements.push(text);
  const { db, close } = openDatabase({ url, max: 10, applicationName: 'test', log: silent, onStatement });
  return {
    url,
    db,
    statements,
    async close() {
      await close();
      await administer(`drop database ${name} with (force)`);
    },
  };
}

/** A statement on the server's maintenance database. */
export async function administer(statement: string): Promise<pg.QueryResult> {
  const client = new pg.Client({
    connectionString: Object.assign(new URL(inject('templateUrl')), { pathname: '/postgres' }).href,
  });
  await client.connect();
  try {
    return await client.query(statement);
  } finally {
    await client.end();
  }
}
