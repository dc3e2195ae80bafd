import type { CodegenConfig } from '@graphql-codegen/cli';

const typed = {
  documentMode: 'string',
  enumsAsTypes: true,
  useTypeImports: true,
  emitLegacyCommonJSImports: false,
  importExtension: '.ts',
  strictScalars: true,
  scalars: { DateTime: 'string', Date: 'string', Decimal: 'string', UUID: 'string', JSON: 'unknown' },
};

const config: CodegenConfig = {
  schema: 'schema.graphql',
  generates: {
    'packages/client/src/generated/': {
      documents: ['packages/client/src/documents/*.graphql'],
      preset: 'client',
      presetConfig: {
        fragmentMasking: false,
        persistedDocuments: { mode: 'embedHashInDocument', hashAlgorithm: 'sha256' },
      },
      config: typed,
    },
    'console/src/generated/': {
      documents: ['console/src/**/*.graphql'],
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: typed,
    },
  },
};

export default config;
