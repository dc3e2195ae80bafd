import {
  type GraphQLType,
  getNamedType,
  isAbstractType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { expect, test } from 'vitest';
import { schema } from '../../src/main/schema.ts';

/** Elements of lists that have no identity: equal values are the same value, and a list of them is replaced as a whole with the object that has it. */
const values: Readonly<Record<string, readonly string[]>> = {
  'a name or a time with numbers': [
    'ComparisonPoint',
    'EquityPoint',
    'IndicatorLine',
    'NamedNumber',
    'QueueWaiting',
    'ScorePoint',
    'SectorCount',
    'VerdictCount',
  ],
  'a bar of a series, which is replaced as a whole': ['Candle'],
  'a part of a stored result, which never changes': [
    'BacktestSideResult',
    'BacktestTrade',
    'FilterClauseResult',
    'IndicatorReading',
    'IndicatorSeries',
    'Veto',
    'Warning',
  ],
  'a part of the program, which changes with its version': ['StrategyClause'],
};

function isList(type: GraphQLType): boolean {
  return isNonNullType(type) ? isList(type.ofType) : isListType(type);
}

/** Object types that are elements of a list, without edges, whose cursor tells them apart, and the types of `node` and of errors. */
function listed(): string[] {
  const names = new Set<string>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) {
      const element = getNamedType(field.type);
      const isNode = type.name.endsWith('Edge') && field.name === 'node';
      if (!isList(field.type) && !isNode) continue;
      const types = isAbstractType(element) ? schema.getPossibleTypes(element) : [element];
      for (const one of types) if (isObjectType(one) && !one.name.endsWith('Edge')) names.add(one.name);
    }
  }
  return [...names].sort();
}

const hasId = (name: string) => {
  const type = schema.getType(name);
  return isObjectType(type) && isNonNullType(type.getFields().id?.type);
};

test('every type in a list has an id, without which caches of clients merge its entries by position (else: `objectId`, or a value above)', () => {
  const excepted = Object.values(values).flat().sort();
  expect(listed().length).toBeGreaterThan(25);
  expect(listed().filter((name) => !hasId(name))).toEqual(excepted);
});
