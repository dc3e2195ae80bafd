import { customType, type SQL, sql, text, timestamp } from './drizzle.ts';

/** Millisecond precision: a JavaScript date holds no more, and a cursor that is rounded loses rows. */
export const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: 'date' });
/** The wall clock, not the transaction's start: a transaction that waits for a lock must not date its work before what it waited for. */
export const createdAt = () => instant('created_at').notNull().default(sql`clock_timestamp()`);
export const bytes = customType<{ data: Buffer }>({ dataType: () => 'bytea' });
/** The values as literals of SQL, separated by commas. */
export const literals = (values: readonly string[]): SQL =>
  sql.raw(values.map((value) => `'${value}'`).join(', '));
export const oneOf = (column: string, values: readonly string[]): SQL =>
  sql`${sql.raw(column)} in (${literals(values)})`;

/**
 * The name as `foldName` makes it, by which names are unique. Null: stored by an earlier version and not filled yet (`fill-name-keys.ts`), or an older
 * row has the same one. The indexes leave null out. Therefore a rename takes no lock against foreign keys, which any other unique index would ask for.
 */
export const nameKey = () => text('name_key');
