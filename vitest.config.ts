import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// One copy of graphql for Pothos (ESM) and for the tests: vitest would otherwise load its CJS build beside it.
const alias = [{ find: /^graphql$/, replacement: fileURLToPath(import.meta.resolve('graphql')) }];

function project(name: string, include: string, options: object = {}) {
  return {
    resolve: { alias },
    test: { name, include: [include], sequence: { shuffle: true }, ...options },
  };
}

const onPostgres = {
  globalSetup: ['test/support/global-postgres.ts'],
  testTimeout: 30_000,
  hookTimeout: 60_000,
};

export default defineConfig({
  test: {
    projects: [
      project('unit', 'test/unit/**/*.test.ts'),
      project('drift', 'test/drift/**/*.test.ts', onPostgres),
      project('integration', 'test/integration/**/*.test.ts', onPostgres),
      project('e2e', 'test/e2e/**/*.test.ts', {
        testTimeout: 120_000,
        hookTimeout: 120_000,
        fileParallelism: false,
      }),
      project('browser', 'test/browser/**/*.test.ts', {
        testTimeout: 120_000,
        hookTimeout: 120_000,
        fileParallelism: false,
      }),
    ],
  },
});
