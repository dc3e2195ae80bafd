import SchemaBuilder from '@pothos/core';
import ComplexityPlugin from '@pothos/plugin-complexity';
import DataloaderPlugin from '@pothos/plugin-dataloader';
import ErrorsPlugin from '@pothos/plugin-errors';
import RelayPlugin from '@pothos/plugin-relay';
import { GraphQLError, type GraphQLSchema, Kind } from 'graphql';
import { instantOf, isDay } from '../calendar.ts';
import type { ErrorCode } from '../error-codes.ts';
import { LimitExceededError, NotFoundError } from '../errors.ts';
import { parseUuid } from '../uuid.ts';
import type { Context } from './context.ts';
import { fieldRules } from './field-rules.ts';
import { forbidden, missingOf, neededBy } from './scopes.ts';

interface Types {
  Context: Context;
  DefaultFieldNullability: false;
  DefaultEdgesNullability: { list: false; items: false };
  DefaultNodeNullability: false;
  Scalars: {
    ID: { Input: string; Output: string };
    DateTime: { Input: Date; Output: Date };
    Date: { Input: string; Output: string };
    Decimal: { Input: string; Output: string };
    UUID: { Input: string; Output: string };
    JSON: { Input: unknown; Output: unknown };
  };
}

/** The key in a global id: a UUID in lower case, of an instrument its ticker. Null: it is neither, and would reach the database as it is. */
function parseKey(typename: string, key: string): string | null {
  if (typename !== 'Instrument') return parseUuid(key);
  return /^[\x21-\x7e]{1,100}$/.test(key) ? key : null;
}

function decodeGlobalId(globalId: string): { typename: string; id: string } {
  const [, typename = '', key = ''] =
    Buffer.from(globalId, 'base64')
      .toString()
      .match(/^(\w+):(.*)$/s) ?? [];
  const id = parseKey(typename, key) ?? refuse('An id', 'a global id that this API returned');
  return { typename, id };
}

const MAX_NODES = 100;

export const builder = new SchemaBuilder<Types>({
  plugins: [fieldRules, ErrorsPlugin, RelayPlugin, DataloaderPlugin, ComplexityPlugin],
  defaultFieldNullability: false,
  relay: {
    clientMutationId: 'omit',
    cursorType: 'String',
    decodeGlobalID: decodeGlobalId,
    idFieldOptions: { description: 'Global id: opaque, stable and unique over all types.' },
    nodeQueryOptions: {
      scope: 'ANY',
      description: 'Object of any type by its global id; null when there is none.',
      args: { id: { description: 'Global id of the object.' } },
      resolve: async (_root, { id }, context, info, resolveNode) => {
        requireScopesOf(info.schema, id.typename, context);
        return nullWhenMissing(await resolveNode(id));
      },
    },
    nodesQueryOptions: {
      scope: 'ANY',
      description:
        'Objects of any type by their global ids, in the requested order; null for each id without an object.',
      args: { ids: { description: 'Global ids of the objects, up to 100.' } },
      resolve: async (_root, { ids }, context, info, resolveNodes) => {
        if (ids.length > MAX_NODES)
          throw new LimitExceededError(MAX_NODES, `Ask for at most ${MAX_NODES} objects, not ${ids.length}.`);
        for (const { typename } of ids) requireScopesOf(info.schema, typename, context);
        const nodes = await Promise.all(await resolveNodes([...ids]));
        return nodes.map(nullWhenMissing);
      },
      complexity: ({ ids }) => ({ field: 1, multiplier: ids.length }),
    },
    firstArgOptions: {
      description:
        'Number of entries from the start or after `after`, 0 to 100 unless the field documents another range; default 20.',
    },
    afterArgOptions: { description: 'Cursor after which the page starts; only with `first`.' },
    lastArgOptions: {
      description:
        'Number of entries before the end or before `before`, 0 to 100 unless the field documents another range.',
    },
    beforeArgOptions: { description: 'Cursor before which the page ends; only with `last`.' },
    cursorFieldOptions: {
      description: 'Opaque cursor of the entry; pass it as `after` or `before` to continue from this entry.',
    },
    pageInfoFieldOptions: { description: 'Position of this page in the list.' },
    hasNextPageFieldOptions: { description: 'True when there are more entries after this page.' },
    hasPreviousPageFieldOptions: { description: 'True when there are more entries before this page.' },
    startCursorFieldOptions: {
      description: 'Cursor of the first entry of the page; null when the page is empty.',
    },
    endCursorFieldOptions: {
      description: 'Cursor of the last entry of the page; null when the page is empty.',
    },
    nodeTypeOptions: { scope: 'ANY', description: 'An object with a global id.' },
    pageInfoTypeOptions: { scope: 'ANY', description: 'Position of a page in the list of all entries.' },
    edgesFieldOptions: {
      description: 'Entries of the page, each with its cursor.',
      nullable: { list: false, items: false },
      // The connection has counted the entries.
      complexity: { field: 1, multiplier: 1 },
    },
    nodeFieldOptions: { nullable: false, description: 'The entry at this cursor.' },
  },
  errors: { directResult: true, defaultTypes: [] },
  complexity: {
    // `charge.ts` rejects what costs too much, before anything runs.
    disabled: true,
    defaultComplexity: 1,
    defaultListMultiplier: 2,
  },
});

builder.queryType({ description: 'Fields that read data.' });
builder.mutationType({
  description: 'Fields that change data. Expected errors are part of the result types.',
});
builder.subscriptionType({
  description:
    'Live data over WebSocket (graphql-ws) and SSE. Subscribers are notified of changes and can resume after a disconnect.',
});

/** Without the scopes of its type, an object is FORBIDDEN whether it exists or not. What a document selects cannot say which type an id has. */
function requireScopesOf(schema: GraphQLSchema, typename: string, { access }: Context): void {
  const missing = missingOf(neededBy(schema.getType(typename)), access.scopes);
  if (missing.length > 0) throw forbidden(missing);
}

/** Loaders answer what they did not find with an error, which is right for a field that must be there. */
function nullWhenMissing(node: unknown): unknown {
  return node instanceof NotFoundError ? null : node;
}

function refuse(name: string, what: string, code: ErrorCode = 'BAD_USER_INPUT'): never {
  throw new GraphQLError(`${name} must be ${what}.`, { extensions: { code } });
}

function textScalar(
  name: 'Date' | 'Decimal' | 'UUID',
  description: string,
  what: string,
  ok: (text: string) => boolean,
  code?: ErrorCode,
) {
  const parse = (value: unknown) =>
    typeof value === 'string' && ok(value) ? value : refuse(name, what, code);
  builder.scalarType(name, {
    description,
    serialize: String,
    parseValue: parse,
    parseLiteral: (node) => parse(node.kind === Kind.STRING ? node.value : null),
  });
}

textScalar(
  'Date',
  'A trading day as `YYYY-MM-DD` in the time zone of the exchange.',
  'a real date YYYY-MM-DD',
  isDay,
  'INVALID_INPUT',
);
textScalar('UUID', 'A UUID in its canonical text form.', 'a UUID', (text) => parseUuid(text) !== null);
textScalar(
  'Decimal',
  'An exact decimal number as text, used for prices and money.',
  'a decimal number as text, for example "101.25"',
  (text) => /^-?\d{1,20}(\.\d{1,12})?$/.test(text),
);

const parseInstant = (value: unknown): Date =>
  (typeof value === 'string' ? instantOf(value) : null) ??
  refuse('DateTime', 'a real time with its offset, such as 2026-01-31T12:00:00Z', 'INVALID_INPUT');

builder.scalarType('DateTime', {
  description:
    'A point in time as ISO 8601 text in UTC with milliseconds. Input must have an offset (`Z` or `+01:00`) and an existing date.',
  serialize: (value) => (value instanceof Date ? value : new Date(String(value))).toISOString(),
  parseValue: parseInstant,
  parseLiteral: (node) => parseInstant(node.kind === Kind.STRING ? node.value : null),
});

builder.scalarType('JSON', {
  description: 'Any JSON value, used for stored details and options.',
  serialize: (value) => value,
  parseValue: (value) => value,
});
