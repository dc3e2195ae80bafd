import type { Element, ElementType } from '../db/array.ts';
import type { Tx } from '../db/client.ts';
import { column, execute } from '../db/statement.ts';

/** A column of a table and what goes into it. */
export interface Field<Row> {
  readonly name: string;
  readonly type: ElementType;
  readonly values: (rows: readonly Row[]) => Buffer;
}

export function field<Row, Type extends ElementType>(
  name: string,
  type: Type,
  of: (row: Row) => Element<Type>,
): Field<Row> {
  return { name, type, values: (rows) => column(type, rows, of) };
}

/** Inserts all rows in one statement whose text does not depend on their number. */
export async function insertRows<Row>(
  tx: Tx,
  statement: string,
  table: string,
  fields: readonly Field<Row>[],
  rows: readonly Row[],
): Promise<void> {
  await execute(
    tx,
    statement,
    `insert into ${table} (${fields.map(({ name }) => name).join(', ')})
     select * from unnest(${fields.map(({ type }, i) => `$${i + 1}::${type}[]`).join(', ')})`,
    fields.map(({ values }) => values(rows)),
  );
}
