import {
  buildClientSchema,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getIntrospectionQuery,
  getNamedType,
  isObjectType,
  isRequiredArgument,
} from 'graphql';
import { expect } from 'vitest';
import { schema as ours } from '../../src/main/schema.ts';
import { isConnection, selectAll } from '../conformance/selections.ts';
import { startAnalysisWorker } from './analysis-worker.ts';
import { type StartOptions, startApi, type TestApi } from './api.ts';
import { backtestTask } from './backtest-worker.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { startWorker } from './engine.ts';
import { populate } from './populate.ts';

export interface Page {
  readonly edges: readonly { readonly cursor: string; readonly node: unknown }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
  readonly totalCount?: number;
}
export type Window = {
  readonly first?: number;
  readonly last?: number;
  readonly after?: string;
  readonly before?: string;
};

export const objects = Object.values(ours.getTypeMap()).filter(isObjectType);
export const fieldsOf = (type: GraphQLObjectType) => Object.values(type.getFields());
export const nodeTypes = objects.filter((type) => type.getInterfaces().some(({ name }) => name === 'Node'));
/** Every field of the schema that pages, with the type that has it. */
export const connections = objects.flatMap((type) =>
  fieldsOf(type)
    .filter(isConnection)
    .map((field) => [`${type.name}.${field.name}`, type, field] as const),
);
/** Arguments of connections that have some which must be given. */
const GIVEN: Readonly<Record<string, string>> = { candles: 'ticker: "AAPL", source: SAMPLE' };
export const argumentsOf = (field: GraphQLField<unknown, unknown>, window: string) =>
  [GIVEN[field.name] ?? '', window].filter(Boolean).join(', ');
export const typeOf = (type: GraphQLObjectType, field: string) => String(type.getFields()[field]?.type);

/** An API with objects of every kind, and what is known of it. */
export interface Explored {
  readonly api: TestApi;
  readonly database: TestDatabase;
  /** What the server tells of itself, not what the code says. */
  readonly schema: GraphQLSchema;
  /** Type name by every global id that any answer contained. */
  readonly seen: ReadonlyMap<string, string>;
  shape(name: string): GraphQLObjectType;
  /** `totalCount` when the connection has it, else nothing. */
  countOf(field: GraphQLField<unknown, unknown>): string;
  /** Ids of the objects whose connection can be read: null for a root field. */
  ownersOf(type: GraphQLObjectType): (string | null)[];
  /** A page of a connection. */
  read(
    type: GraphQLObjectType,
    field: GraphQLField<unknown, unknown>,
    owner: string | null,
    window: Window,
  ): Promise<Page>;
  close(): Promise<void>;
}

/** Starts an API on a database of its own, fills it, and reads every root field that needs no argument. */
export async function explore(
  settings: Record<string, string> = {},
  options: StartOptions = {},
): Promise<Explored> {
  const database = await createTestDatabase();
  const api = await startApi(database.url, settings, options);
  const { data: introspected } = await api.post(getIntrospectionQuery());
  const schema = buildClientSchema(introspected as never);
  const seen = new Map<string, string>();
  const workers = [
    await startAnalysisWorker(database),
    await startWorker(database.url, database.db, backtestTask(database)),
  ];
  await populate(api, database.db);
  for (const worker of workers) await worker.stop();

  const shape = (name: string) => {
    const type = schema.getType(name);
    if (!isObjectType(type)) throw new Error(`${name} is no object type`);
    return type;
  };
  const countOf = (field: GraphQLField<unknown, unknown>) =>
    'totalCount' in shape(getNamedType(field.type).name).getFields() ? 'totalCount' : '';
  /** Remembers every `{ __typename, id }` within an answer. */
  function look(value: unknown): void {
    if (Array.isArray(value)) value.forEach(look);
    else if (typeof value === 'object' && value !== null) {
      const { __typename: type, id } = value as { __typename?: string; id?: string };
      if (typeof id === 'string' && nodeTypes.some(({ name }) => name === type)) seen.set(id, String(type));
      Object.values(value).forEach(look);
    }
  }

  async function read(
    type: GraphQLObjectType,
    field: GraphQLField<unknown, unknown>,
    owner: string | null,
    window: Window,
  ) {
    const args = Object.entries(window).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
    const edge = shape(typeOf(shape(getNamedType(field.type).name), 'edges').replace(/\W/g, ''));
    const entry = schema.getType(typeOf(edge, 'node').replace(/\W/g, ''));
    const identity = isObjectType(entry) && 'id' in entry.getFields() ? 'id' : '';
    const page = `${field.name}(${argumentsOf(field, args.join(', '))}) {
    ${countOf(field)} pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { __typename ${identity} } } }`;
    const query =
      owner === null
        ? `{ ${page} }`
        : `query($id: ID!) { node(id: $id) { ... on ${type.name} { ${page} } } }`;
    const { data, errors } = await api.post(query, owner === null ? {} : { id: owner });
    expect({ query, errors }).toEqual({ query, errors: undefined });
    look(data);
    const holder = (owner === null ? data : data?.node) as Record<string, Page>;
    return holder[field.name] as Page;
  }

  function ownersOf(type: GraphQLObjectType): (string | null)[] {
    if (type === ours.getQueryType()) return [null];
    expect(nodeTypes).toContain(type);
    return [...seen].filter(([, name]) => name === type.name).map(([id]) => id);
  }

  /** Every root field that needs no argument, with everything two levels below it. */
  async function lookAround(): Promise<void> {
    for (const field of fieldsOf(ours.getQueryType() as GraphQLObjectType)) {
      if (field.args.some(isRequiredArgument)) continue;
      const first = isConnection(field) ? '(first: 2)' : '';
      const { data, errors } = await api.post(
        `{ ${field.name}${first} ${selectAll(ours, getNamedType(field.type), isConnection(field) ? 1 : 0)} }`,
      );
      expect({ field: field.name, errors }).toEqual({ field: field.name, errors: undefined });
      look(data);
    }
  }

  await lookAround();
  async function close() {
    await api.close();
    await database.close();
  }
  return { api, database, schema, seen, shape, countOf, ownersOf, read, close };
}
