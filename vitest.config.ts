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
    // The order of tests in their files is the same in all runs, so that CI runs what passed before. `--sequence.seed 7` takes another.
    sequence: { seed: 2026 },
    projects: [
      // Most take milliseconds; on a machine that does other things, too, a claim race or a property takes its time.
      project('unit', 'test/unit/**/*.test.ts', { testTimeout: 30_000 }),
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
