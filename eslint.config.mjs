import graphql from '@graphql-eslint/eslint-plugin';

const rules = { ...graphql.configs['flat/schema-all'].rules, ...graphql.configs['flat/schema-relay'].rules };
const rule = (name) => `@graphql-eslint/${name}`;
const { EnumValueDefinition, ...naming } = rules[rule('naming-convention')][1];
const described = ['types', 'rootField', 'EnumValueDefinition', 'FieldDefinition', 'InputValueDefinition'];

/** Lints schema.graphql with every rule for schemas and all of Relay's, but these; TypeScript is Biome's. */
export default [
  {
    files: ['schema.graphql'],
    languageOptions: {
      parser: graphql.parser,
      parserOptions: { graphQLConfig: { schema: 'schema.graphql' } },
    },
    plugins: { '@graphql-eslint': graphql },
    rules: {
      ...rules,
      // The order is graphql-js's, capitals first; test/drift/schema.test.ts asks for it.
      [rule('alphabetize')]: 'off',
      // Lines of indicators have the names that readings and series have them by.
      [rule('naming-convention')]: [
        'error',
        { ...naming, 'EnumValueDefinition[parent.name.value!=LineName]': EnumValueDefinition },
      ],
      // By itself it looks at types and root fields only.
      [rule('require-description')]: ['error', Object.fromEntries(described.map((kind) => [kind, true]))],
      // Lists of values are lists; only what pages is a connection.
      [rule('relay-edge-types')]: [
        'error',
        { withEdgeSuffix: true, shouldImplementNode: false, listTypeCanWrapOnlyEdgeType: false },
      ],
      // There are mutations and subscriptions.
      [rule('no-root-type')]: 'off',
      // Only nodes have ids, and test/integration/relay-spec.test.ts looks after those; the other types are values within them.
      [rule('strict-id-in-types')]: 'off',
      // A fault of ours fails the whole answer, once: partners need not handle null at every root field. Refusals are types, and absence is null.
      [rule('require-nullable-result-in-root')]: 'off',
      // Subscriptions tell what a change did elsewhere.
      [rule('require-field-of-type-query-in-mutation-result')]: 'off',
      // `@deprecated` has no such argument in GraphQL; the reason names the day, and test/drift/contract.test.ts asks for it.
      [rule('require-deprecation-date')]: 'off',
    },
  },
];
