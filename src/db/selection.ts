import type { Executor } from './client.ts';
import type { PgColumn } from './drizzle.ts';
import type { execute } from './statement.ts';

/** What a column that is worked out is made of, in SQL; its value is taken as pg gives it. */
export interface Expression {
  readonly expression: string;
}

/** Columns of a table, under the names that rows have them by. */
export type Columns<Row> = { readonly [Key in keyof Row]-?: PgColumn | Expression };

/** What a frequent read selects, written once: drizzle writes a statement anew each time, and looks at every value of every row by its column’s kind. */
export interface Selection<Row> {
  /** For behind `select`. */
  readonly text: string;
  /** Makes rows of what pg answered, in place. */
  readonly complete: (rows: readonly Record<string, unknown>[]) => readonly Row[];
}

type Decode = (value: unknown) => unknown;

/** Kinds whose values pg gives as they are wanted. Of others drizzle makes them. */
const PLAIN: ReadonlySet<string> = new Set([
  'PgBoolean',
  'PgDateString',
  'PgDoublePrecision',
  'PgInteger',
  'PgJsonb',
  'PgNumeric',
  'PgReal',
  'PgSmallInt',
  'PgText',
  'PgUUID',
]);

/** `alias` is that of the table. `wanted`: these of the columns only; null: all. */
export function selectionOf<Row extends object>(
  alias: string,
  columns: Columns<Row>,
  wanted: readonly (keyof Row)[] | null = null,
): Selection<Row> {
  const texts: string[] = [];
  const decoders: [name: string, decode: Decode][] = [];
  for (const name of wanted ?? (Object.keys(columns) as (keyof Row)[])) {
    const column = columns[name];
    if ('expression' in column) texts.push(`${column.expression} as "${String(name)}"`);
    else {
      texts.push(`${alias}.${column.name} as "${String(name)}"`);
      if (!PLAIN.has(column.columnType))
        decoders.push([String(name), (value) => column.mapFromDriverValue(value)]);
    }
  }
  return {
    text: texts.join(', '),
    complete(rows) {
      for (const row of rows)
        for (const [name, decode] of decoders) if (row[name] !== null) row[name] = decode(row[name]);
      return rows as unknown as readonly Row[];
    },
  };
}

/** Runs `select` with what stands behind the selected columns; `execute` is how. */
export async function readRows<Row extends object>(
  run: typeof execute,
  executor: Executor,
  title: string,
  selection: Selection<Row>,
  tail: string,
  values: readonly unknown[],
): Promise<Row[]> {
  const rows = await run<Record<string, unknown>>(
    executor,
    title,
    `select ${selection.text} ${tail}`,
    values,
  );
  return selection.complete(rows) as Row[];
}
