import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// One copy of graphql for Pothos (ESM) and for the tests: vitest would otherwise load its CJS build beside it.
const alias = [{ find: /^graphql$/, replacement: fileURLToPath(import.meta.resolve('graphql')) }];

// Every test file has a process of its own, which imports the same packages again. Node keeps their compiled code in this folder.
process.env.NODE_COMPILE_CACHE ??= join(tmpdir(), 'thetool-test-compile-cache');

/**
 * Number of test files that run at the same time. Most tests wait for PostgreSQL or for a timer, so one file more than there are cores keeps
 * the cores busy. The default of vitest is one file less than there are cores, which is a single file on a machine with two cores.
 */
const PARALLEL = { maxWorkers: availableParallelism() + 1 };
/** One file at a time, after the projects that run in parallel: these tests measure times or memory, which other tests would disturb. */
const SERIAL = { fileParallelism: false };

function project(name: string, include: string, options: object) {
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

const onProcesses = { ...SERIAL, testTimeout: 120_000, hookTimeout: 120_000 };

export default defineConfig({
  test: {
    // The order of tests in their files is the same in all runs, so that CI runs what passed before. `--sequence.seed 7` takes another.
    sequence: { seed: 2026 },
    projects: [
      // Most take milliseconds; on a machine that does other things, too, a claim race or a property takes its time.
      project('unit', 'test/unit/**/*.test.ts', { ...PARALLEL, testTimeout: 30_000 }),
      project('drift', 'test/drift/**/*.test.ts', { ...PARALLEL, ...onPostgres }),
      project('integration', 'test/integration/**/*.test.ts', { ...PARALLEL, ...onPostgres }),
      project('alone', 'test/alone/**/*.test.ts', { ...SERIAL, ...onPostgres }),
      project('e2e', 'test/e2e/**/*.test.ts', onProcesses),
      project('package', 'test/package/**/*.test.ts', onProcesses),
      project('browser', 'test/browser/**/*.test.ts', onProcesses),
    ],
  },
});
