/**
 * drizzle-orm as all other files import it: its CommonJS build. Its package.json lists each of its files (179 KB), and Node parses that list again for
 * every import within the package when it loads the build of ES modules: 1.7 s of each start, 0.2 s this way.
 */
import { createRequire } from 'node:module';
import type * as Orm from 'drizzle-orm';
import type * as Migrator from 'drizzle-orm/migrator';
import type * as NodePostgres from 'drizzle-orm/node-postgres';
import type * as PgCore from 'drizzle-orm/pg-core';

export type { SQL } from 'drizzle-orm';
export type { NodePgDatabase } from 'drizzle-orm/node-postgres';
export type { AnyPgColumn, PgColumn } from 'drizzle-orm/pg-core';

// drizzle-kit compiles this file to CommonJS, where `import.meta.url` is not there and the place does not matter.
const require = createRequire(import.meta.url ?? `${process.cwd()}/`);

export const { and, asc, desc, eq, getTableColumns, gt, gte, inArray, isNull, lt, ne, or, sql }: typeof Orm =
  require('drizzle-orm');
export const { readMigrationFiles }: typeof Migrator = require('drizzle-orm/migrator');
export const { drizzle }: typeof NodePostgres = require('drizzle-orm/node-postgres');
export const {
  bigint,
  boolean,
  check,
  customType,
  date,
  doublePrecision,
  index,
  integer,
  jsonb,
  numeric,
  pgSequence,
  pgTable,
  primaryKey,
  real,
  smallint,
  text,
  timestamp,
  uniqueIndex,
  uuid,
}: typeof PgCore = require('drizzle-orm/pg-core');
