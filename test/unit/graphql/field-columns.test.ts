import SchemaBuilder from '@pothos/core';
import { expect, test } from 'vitest';
import { columnsFor } from '../../../src/graphql/field-columns.ts';
import { fieldRules } from '../../../src/graphql/field-rules.ts';
import '../../../src/main/schema.ts';

interface Row {
  readonly id: string;
  readonly name: string;
  readonly price: number;
}

function buildRows(withColumns: boolean) {
  const builder = new SchemaBuilder<object>({ plugins: [fieldRules] });
  const ref = builder.objectRef<Row>('PricedRow').implement({
    scope: 'ANY',
    always: ['id'],
    fields: (t) => ({
      name: t.exposeString('name'),
      cents: t.float({
        ...(withColumns && { columns: ['price'] as const }),
        resolve: ({ price }) => price * 100,
      }),
    }),
  });
  builder.queryType({
    fields: (t) => ({
      row: t.field({ scope: 'ANY', type: ref, resolve: () => ({ id: '1', name: 'a', price: 1 }) }),
    }),
  });
  return builder.toSchema();
}

test('a schema in which a field of a row declares no columns is not built', () => {
  expect(() => buildRows(false)).toThrow('These declare no columns: PricedRow.cents.');
  expect(() => buildRows(true)).not.toThrow();
});

test('the columns of a read are those of the selected fields and the ones that are read always', () => {
  buildRows(true);
  expect(columnsFor('PricedRow', new Set(['__typename', 'name']))).toEqual(['id', 'name']);
  expect(columnsFor('PricedRow', new Set(['cents']))).toEqual(['id', 'price']);
  expect(columnsFor('Analysis', new Set(['scoreChange']))).toEqual([
    'id',
    'jobId',
    'score',
    'ticker',
    'workspaceId',
  ]);
});

test('all columns are read where it is not known what is selected', () => {
  expect(columnsFor('Analysis', undefined)).toBeNull();
});
