import {
  type GraphQLNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isSpecifiedScalarType,
} from 'graphql';
import { describe, expect, test } from 'vitest';
import { schema } from '../../src/main/schema.ts';
import { faultsOf } from '../support/plain-english.ts';

type Described = readonly [name: string, description: string | null | undefined];

function describedIn(type: GraphQLNamedType): Described[] {
  const own: Described[] = [[type.name, type.description]];
  if (isEnumType(type))
    return [
      ...own,
      ...type.getValues().map((value): Described => [`${type.name}.${value.name}`, value.description]),
    ];
  if (isInputObjectType(type))
    return [
      ...own,
      ...Object.values(type.getFields()).map(
        (field): Described => [`${type.name}.${field.name}`, field.description],
      ),
    ];
  if (!isObjectType(type) && !isInterfaceType(type)) return own;
  const fields = Object.values(type.getFields()).flatMap((field): Described[] => [
    [`${type.name}.${field.name}`, field.description],
    ...field.args.map((arg): Described => [`${type.name}.${field.name}(${arg.name})`, arg.description]),
  ]);
  return [...own, ...fields];
}

const described = Object.values(schema.getTypeMap())
  .filter((type) => !type.name.startsWith('__') && !isSpecifiedScalarType(type))
  .flatMap(describedIn);

test('every description of the schema is plain English (test/support/plain-english.ts has the rules)', () => {
  expect(described.length).toBeGreaterThan(1_000);
  const faults = described.flatMap(([name, description]) =>
    faultsOf(description ?? '').map((fault) => `${name}: ${fault}`),
  );
  expect(faults).toEqual([]);
});

describe('the check rejects', () => {
  test.each([
    ['no description', '', 'fewer than 4 words'],
    ['a stub', 'First claim.', 'fewer than 4 words'],
    [
      'an everyday word for a term',
      'What a webhook tells its receiver.',
      '"tells": write report, return, contain',
    ],
    ['a pronoun without a noun', 'Its state after the last change.', '"Its state …" has no noun'],
    ['a sentence without a head', 'Results of a day. Of the signal bar, 0 to 100.', '"Of the …" has no noun'],
    [
      'a sentence that is too long',
      `The time ${'at which a worker first claimed an item '.repeat(4)}of the job.`,
      'more than 25 words',
    ],
  ])('%s', (_what, description, fault) => {
    expect(faultsOf(description).join()).toContain(fault);
  });

  test('but no name in code or capitals', () => {
    expect(faultsOf('Rejected with SECRET_TOLD after the state GONE, see `hint`.')).toEqual([]);
  });
});
