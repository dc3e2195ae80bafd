import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** The folder of the examples for partners. */
export const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url));

/**
 * Program and file of the command by which a page of `docs/guides` starts this example, as a test can start it. Throws when the page has no
 * such command.
 */
export function commandOfGuide(page: string, file: string): readonly [program: string, path: string] {
  const text = readFileSync(join(EXAMPLES, '../docs/guides', page), 'utf8');
  const found = [...text.matchAll(/^ *(node|python3) examples\/(\S+) \w+\.db$/gm)].find(
    ([, , path]) => path === file,
  );
  if (found === undefined) throw new Error(`${page} does not start ${file}`);
  return [found[1] === 'node' ? process.execPath : 'python3', join(EXAMPLES, file)];
}

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
