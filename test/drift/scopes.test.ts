import { expect, test } from 'vitest';
import { createScopeGuard } from '../../src/graphql/require-scopes.ts';
import { schema } from '../../src/main/schema.ts';
import { scopeRules } from '../../src/main/scopes.ts';

test('every field of the root types has a scope or is for all who are let in (else: a line in src/main/scopes.ts)', () => {
  expect(() => createScopeGuard(schema, scopeRules)).not.toThrow();
});

test.each(Object.keys(scopeRules.fields))('the API does not start without a rule for %s', (field) => {
  const { [field]: _without, ...fields } = scopeRules.fields;
  expect(() => createScopeGuard(schema, { ...scopeRules, fields })).toThrow(`${field} has no rule`);
});
