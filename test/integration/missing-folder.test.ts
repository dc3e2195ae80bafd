import { join } from 'node:path';
import { expect, test } from 'vitest';
import { requireFolder } from '../../src/main/require-folder.ts';
import { StartupError } from '../../src/startup.ts';
import { run } from '../support/processes.ts';

const here = import.meta.dirname;
const missing = join(here, 'missing');

test('a folder that is there or not set is accepted, and a missing one or a file is named', async () => {
  await requireFolder('CSV_DIR', null);
  await requireFolder('CSV_DIR', here);
  const reason = (path: string) => requireFolder('CSV_DIR', path).then(() => null, String);
  expect(await reason(missing)).toBe(`${new StartupError(`CSV_DIR: there is no folder ${missing}`)}`);
  expect(await reason(import.meta.filename)).toContain(`CSV_DIR: ${import.meta.filename} is no folder`);
});

test.each(['start.mjs', 'api.mjs', 'worker.mjs'])(
  '%s ends at once when there is no folder CSV_DIR',
  async (entry) => {
    const process = run(entry, { CSV_DIR: missing, DATABASE_URL: 'postgres://127.0.0.1:1/none' });
    expect(await process.exited).toBe(1);
    expect(process.output()).toContain(`CSV_DIR: there is no folder ${missing}`);
    expect(process.output()).not.toContain('    at ');
  },
  60_000,
);
