import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { findHeavyLocks } from '../support/migration-locks.ts';
import { findRemovals } from '../support/migration-removals.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Migrations from this one on are written for databases that are full and in use. */
const FIRST_WITHOUT_LOCKS = '0022';
/** Migrations that take something away, and why no process of the version before is hurt. */
const REMOVALS: Readonly<Record<string, string>> = {};

test('the migrations lead to the tables of the code (else: npm run migration)', () => {
  // Inside the project: drizzle-kit takes relative folders only. A fresh clone has no cache folder yet.
  const cache = join(root, '.cache');
  mkdirSync(cache, { recursive: true });
  const scratch = mkdtempSync(join(cache, 'drift-'));
  try {
    cpSync(join(root, 'drizzle'), scratch, { recursive: true });
    const before = readdirSync(scratch).length;
    const kit = join(root, 'node_modules/.bin/drizzle-kit');
    const out = scratch.slice(root.length);
    const text = execFileSync(
      kit,
      ['generate', '--dialect', 'postgresql', '--schema', 'src/*/*.tables.ts', '--out', out],
      { cwd: root, encoding: 'utf8' },
    );
    expect(text).toContain('No schema changes');
    expect(readdirSync(scratch)).toHaveLength(before);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
});

test('migrations hold no long lock on a table that may be large (else: CONTRIBUTING.md, "Change the tables")', () => {
  const files = readdirSync(join(root, 'drizzle'))
    .filter((name) => name.endsWith('.sql') && name >= FIRST_WITHOUT_LOCKS)
    .sort()
    .map((name) => ({ name, text: readFileSync(join(root, 'drizzle', name), 'utf8') }));
  expect(findHeavyLocks(files)).toEqual([]);
});

test('migrations take nothing away that the version before uses (else: CONTRIBUTING.md, "Change the tables")', () => {
  const files = readdirSync(join(root, 'drizzle'))
    .filter((name) => name.endsWith('.sql') && name >= FIRST_WITHOUT_LOCKS)
    .map((name) => ({ name, text: readFileSync(join(root, 'drizzle', name), 'utf8') }));
  const found = findRemovals(files);
  expect(found.filter(({ name }) => !(name in REMOVALS))).toEqual([]);
  expect(Object.keys(REMOVALS).filter((name) => !found.some((removal) => removal.name === name))).toEqual([]);
});

test.each([
  'ALTER TABLE "jobs" DROP COLUMN "a";',
  'DROP TABLE "jobs";',
  'ALTER TABLE "jobs" RENAME TO "works";',
  'ALTER TABLE "jobs" RENAME COLUMN "a" TO "b";',
  'ALTER TABLE "jobs" RENAME "a" TO "b";',
  'ALTER TABLE "jobs" ALTER COLUMN "a" SET NOT NULL;',
  'ALTER TABLE "jobs" ADD COLUMN "a" text NOT NULL;',
])('%s takes something away', (text) => {
  expect(findRemovals([{ name: '1', text }])).toHaveLength(1);
});

test.each([
  '-- Drop column a in the next version.\nALTER TABLE "jobs" ADD COLUMN "b" text;',
  'ALTER TABLE "jobs" ADD COLUMN "a" text DEFAULT \'\' NOT NULL;',
  'CREATE TABLE "new" ("a" text NOT NULL);',
  'DROP INDEX CONCURRENTLY IF EXISTS "i";',
])('%s takes nothing away', (text) => {
  expect(findRemovals([{ name: '1', text }])).toEqual([]);
});

test('migrations are dated in their order: a database runs those that are later than its newest', () => {
  const text = readFileSync(join(root, 'drizzle/meta/_journal.json'), 'utf8');
  const { entries } = JSON.parse(text) as { entries: { idx: number; when: number }[] };
  expect(entries.map(({ idx }) => idx)).toEqual(entries.map((_, i) => i));
  expect(entries.map(({ when }) => when)).toEqual(entries.map(({ when }) => when).sort((a, b) => a - b));
});

const proven = [
  { name: '1', text: 'ALTER TABLE "jobs" ADD CONSTRAINT "c" CHECK ("name" IS NOT NULL) NOT VALID;' },
  { name: '2', text: '-- concurrently\nALTER TABLE "jobs" VALIDATE CONSTRAINT "c";' },
];

test.each([
  'CREATE INDEX "i" ON "jobs" USING btree ("id");',
  'CREATE UNIQUE INDEX "i" ON "jobs" USING btree ("id");',
  'CREATE INDEX CONCURRENTLY "i" ON "jobs" USING btree ("id");',
  'ALTER TABLE "jobs" ADD CONSTRAINT "c" CHECK (total > 0);',
  'ALTER TABLE "jobs" ADD CONSTRAINT "c" FOREIGN KEY ("a") REFERENCES "b"("id");',
  'ALTER TABLE "jobs" ADD CONSTRAINT "c" UNIQUE("a");',
  'ALTER TABLE "jobs" ADD PRIMARY KEY ("a");',
  'ALTER TABLE "jobs" ADD COLUMN "a" uuid REFERENCES "b"("id");',
  'ALTER TABLE "jobs" ADD COLUMN "a" uuid DEFAULT gen_random_uuid() NOT NULL;',
  'ALTER TABLE "jobs" ALTER COLUMN "a" SET NOT NULL;',
  'ALTER TABLE "jobs" ALTER COLUMN "a" SET DATA TYPE bigint;',
  'ALTER TABLE "jobs" VALIDATE CONSTRAINT "c";',
  'UPDATE "jobs" SET "a" = 1;',
  '-- concurrently\nALTER TABLE "jobs" ADD COLUMN "a" integer;',
  '-- concurrently\nCREATE INDEX "i" ON "jobs" USING btree ("id");',
])('%s is refused in a migration', (text) => {
  expect(findHeavyLocks([{ name: '3', text }])).toHaveLength(1);
});

test.each([
  'CREATE TABLE "new" ("id" uuid);\n--> statement-breakpoint\nCREATE INDEX "i" ON "new" USING btree ("id");',
  'CREATE TABLE "new" ("id" uuid);\n--> statement-breakpoint\nALTER TABLE "new" ADD CONSTRAINT "c" UNIQUE("a");',
  'ALTER TABLE "jobs" ADD COLUMN "a" integer DEFAULT 0 NOT NULL;',
  'ALTER TABLE "jobs" ADD CONSTRAINT "c" CHECK (total > 0) NOT VALID;',
  'ALTER TABLE "jobs" ADD CONSTRAINT "c" UNIQUE USING INDEX "i";',
  'ALTER TABLE "jobs" ALTER COLUMN "name" SET NOT NULL;',
  'CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ UPDATE jobs SET a = 1 $$;',
  'UPDATE "workspaces" SET "a" = 1;',
  '-- brief: there is one row per workspace and state.\nUPDATE "jobs" SET "a" = 1;',
  '-- concurrently\nCREATE INDEX CONCURRENTLY "i" ON "jobs" USING btree ("id");',
])('%s is accepted in a migration', (text) => {
  expect(findHeavyLocks([...proven, { name: '3', text }])).toEqual([]);
});
