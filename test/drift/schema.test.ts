import { readFileSync } from 'node:fs';
import {
  GraphQLString,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isSpecifiedScalarType,
  isUnionType,
  parse,
  printSchema,
  validate,
} from 'graphql';
import { expect, test } from 'vitest';
import { examples } from '../../src/main/examples.ts';
import { schema } from '../../src/main/schema.ts';

test('schema.graphql is the schema of the code (else: npm run schema && npm run codegen)', () => {
  const committed = readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8');
  expect(`${printSchema(schema)}\n`).toBe(committed);
});

test('every type, field, argument and input is described', () => {
  const missing: string[] = [];
  const look = (name: string, { description }: { readonly description?: string | null | undefined }) => {
    if (!description) missing.push(name);
  };
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__') || isSpecifiedScalarType(type)) continue;
    look(type.name, type);
    if (isInputObjectType(type)) {
      for (const field of Object.values(type.getFields())) look(`${type.name}.${field.name}`, field);
    }
    if (isObjectType(type) || isInterfaceType(type)) {
      for (const field of Object.values(type.getFields())) {
        look(`${type.name}.${field.name}`, field);
        for (const arg of field.args) {
          if (!['first', 'last', 'after', 'before'].includes(arg.name))
            look(`${type.name}.${field.name}(${arg.name})`, arg);
        }
      }
    }
    if (isEnumType(type)) expect(type.getValues().length).toBeGreaterThan(0);
  }
  expect(missing).toEqual([]);
});

test('every document that GraphiQL opens with is valid', () => {
  expect(examples.length).toBeGreaterThan(4);
  for (const { query } of examples) expect(validate(schema, parse(query))).toEqual([]);
});

test('every mutation takes an idempotency key, and its result may be a conflict of keys', () => {
  const without = Object.values(schema.getMutationType()?.getFields() ?? {}).filter(
    ({ name, args, type }) => {
      const input = getNullableType(args[0]?.type);
      const key = isInputObjectType(input) ? input.getFields().idempotencyKey : undefined;
      const result = getNamedType(type);
      // Its result was promised to be a plain payload: its conflict is an error of the operation.
      const conflict =
        name === 'resumeQueue' ||
        (isUnionType(result) && result.getTypes().some((refusal) => refusal.name === 'KeyConflictError'));
      return key?.type !== GraphQLString || !conflict;
    },
  );
  expect(
    without.map(({ name }) => name),
    'see src/idempotency/change-once.ts',
  ).toEqual([]);
});

test('mutations take one input, and every subscription and query of the contract is there', () => {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    expect(field.args.map(({ name }) => name)).toEqual(['input']);
  }
  const names = (type: { getFields(): object } | null | undefined) => Object.keys(type?.getFields() ?? {});
  expect(names(schema.getSubscriptionType())).toEqual([
    'analysisStored',
    'jobEvents',
    'jobProgress',
    'watchlistChanged',
  ]);
  expect(names(schema.getQueryType())).toEqual(
    expect.arrayContaining([
      'analyses',
      'analysis',
      'indicators',
      'instruments',
      'job',
      'jobs',
      'latestAnalyses',
      'node',
      'queue',
      'strategies',
      'watchlists',
    ]),
  );
});
