import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** The folder of the examples for partners. */
export const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url));

/** Tests of the examples start processes, as those of `test/e2e` do, and have their time. */
export const PROCESS_TIMEOUT_MS = 120_000;

/** False on a machine without Python 3, which the output then says: the tests of Python examples are skipped there. */
export const hasPython: boolean = (() => {
  const { status } = spawnSync('python3', ['--version']);
  if (status !== 0)
    console.log('There is no python3 on this machine: the tests of Python examples are skipped.');
  return status === 0;
})();

/** Environment of a Python program that finds `thetool.py` and leaves no compiled files in the tree. */
export const pythonEnv = (env: Record<string, string>) => ({
  PATH: process.env.PATH ?? '',
  PYTHONPATH: `${EXAMPLES}/python`,
  PYTHONDONTWRITEBYTECODE: '1',
  PYTHONUNBUFFERED: '1',
  ...env,
});

/** Runs a Python program to its end and returns the lines that it printed. Rejects with its errors when it fails. */
export async function runPython(
  args: readonly string[],
  env: Record<string, string>,
  cwd?: string,
): Promise<string[]> {
  const { stdout } = await execute('python3', [...args], {
    env: pythonEnv(env),
    maxBuffer: 64 * 1024 * 1024,
    ...(cwd !== undefined && { cwd }),
  });
  return stdout.trimEnd().split('\n');
}
