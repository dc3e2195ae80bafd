import { readFileSync } from 'node:fs';
import {
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isSpecifiedScalarType,
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
