import { arrayOf, type Element, type ElementType } from './array.ts';
import type { Executor } from './client.ts';

/**
 * Runs a statement whose text never changes, as a named one: PostgreSQL parses it once per connection and soon keeps its plan. The
 * statement is on its way when this returns: in a transaction several may be sent before the first is answered, and they run in the
 * order of the calls. PgBouncer keeps them apart in session mode.
 */
export async function execute<Row extends object>(
  executor: Executor,
  name: string,
  text: string,
  values: readonly unknown[],
): Promise<Row[]> {
  return run(executor, name, text, values, name);
}

/** As `execute`, of a statement that has several texts; the frequent ones get names of their own (`createStatementNames`). */
export async function executeVarying<Row extends object>(
  executor: Executor,
  title: string,
  text: string,
  values: readonly unknown[],
): Promise<Row[]> {
  return run(executor, title, text, values, undefined);
}

async function run<Row extends object>(
  executor: Executor,
  title: string,
  text: string,
  values: readonly unknown[],
  name: string | undefined,
): Promise<Row[]> {
  const query = { sql: `/* ${title} */ ${text}`, params: [...values] };
  const prepared = executor._.session.prepareQuery(query, undefined, name, false);
  const result = (await prepared.execute()) as { readonly rows: Row[] };
  return result.rows;
}

/** The values of one column as an array of `type`: what `unnest` gets. */
export function column<Type extends ElementType, Row>(
  type: Type,
  rows: readonly Row[],
  of: (row: Row) => Element<Type>,
): Buffer {
  return arrayOf(type, rows.map(of));
}

/** SQL for the row of doubles (`doubleRows`) with the number that the column `place` has, from 1. */
export const doubleRow = (parameter: number, width: number, place: string): string =>
  `($${parameter}::float8[])[(${place} - 1) * ${width} + 1 : ${place} * ${width}]`;
