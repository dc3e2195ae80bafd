import { type GraphQLField, type GraphQLSchema, isObjectType } from 'graphql';

/** Columns of a table that a field reads, under the names that its rows have them by. */
type Columns = readonly string[];

/** By type, for the types whose fields declare columns: the columns that every read contains, and those of each field. */
const declared = new Map<
  string,
  { readonly always: Columns; readonly ofField: ReadonlyMap<string, Columns> }
>();

/** Sets of fields come with their documents again and again. */
let known = new WeakMap<ReadonlySet<string>, Columns>();

/**
 * Collects the columns of the fields of each type with `always`. A field that exposes a property (`t.exposeString('ticker')`) reads the column of this name, and
 * `id` is read always. Throws when another field has no `columns`: such a schema is not built.
 */
export function collectColumns(schema: GraphQLSchema): void {
  const without: string[] = [];
  for (const type of Object.values(schema.getTypeMap())) {
    const { always } = type.extensions as { readonly always?: Columns };
    if (!isObjectType(type) || always === undefined) continue;
    const ofField = new Map<string, Columns>();
    for (const field of Object.values(type.getFields())) {
      const columns = columnsOf(field);
      if (columns === undefined) without.push(`${type.name}.${field.name}`);
      else ofField.set(field.name, columns);
    }
    declared.set(type.name, { always, ofField });
  }
  known = new WeakMap();
  if (without.length > 0)
    throw new Error(
      `These declare no columns: ${without.join(', ')}. Name the columns that the resolver reads.`,
    );
}

function columnsOf({ name, extensions }: GraphQLField<unknown, unknown>): Columns | undefined {
  const { columns, pothosExposedField: exposed } = extensions as {
    readonly columns?: Columns;
    readonly pothosExposedField?: string;
  };
  if (columns !== undefined || name === 'id') return columns ?? [];
  return exposed === undefined ? undefined : [exposed];
}

/** Columns to read for these fields of a type; null: all of them, when it is not known what is selected. */
export function columnsFor<Column extends string>(
  typename: string,
  fields: ReadonlySet<string> | undefined,
): readonly Column[] | null {
  const type = declared.get(typename);
  if (fields === undefined || type === undefined) return null;
  const before = known.get(fields);
  if (before !== undefined) return before as readonly Column[];
  const columns: Columns = [
    ...new Set([...type.always, ...[...fields].flatMap((field) => type.ofField.get(field) ?? [])]),
  ].sort();
  known.set(fields, columns);
  return columns as readonly Column[];
}
