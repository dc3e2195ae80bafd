import { spawnSync } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'thetool-ci-'));
  await mkdir(join(folder, '.ci'));
  await mkdir(join(folder, 'bin'));
  await cp(join(import.meta.dirname, '../../.ci/run'), join(folder, '.ci/run'));
  await program('chromium', 'exit 0');
});
afterAll(() => rm(folder, { recursive: true }));

async function program(name: string, text: string): Promise<void> {
  await writeFile(join(folder, 'bin', name), `#!/bin/sh\n${text}\n`);
  await chmod(join(folder, 'bin', name), 0o755);
}

/**
 * Runs `.ci/run` with an npm that does nothing: each run of vitest reports 5 tests, of which `failedTests` failed, and the command that
 * contains `broken` fails.
 */
async function runCi(faults: { readonly broken?: string; readonly failedTests?: number } = {}) {
  const { broken = 'nothing', failedTests = 0 } = faults;
  const report = JSON.stringify({ numPassedTests: 5 - failedTests, numFailedTests: failedTests });
  await program(
    'npm',
    `echo "$*" >>commands
for argument; do
  case $argument in --outputFile.json=*) echo '${report}' >"\${argument#*=}" ;; esac
done
case "$*" in *'${broken}'*) exit 3 ;; esac`,
  );
  await writeFile(join(folder, 'commands'), '');
  const { status, stdout } = spawnSync('sh', [join(folder, '.ci/run')], {
    encoding: 'utf8',
    env: { PATH: `${join(folder, 'bin')}:${process.env.PATH}` },
  });
  const lines = stdout.trim().split('\n');
  const commands = (await readFile(join(folder, 'commands'), 'utf8')).trim().split('\n');
  return { status, stages: lines.filter((line) => line.startsWith('stage ')), last: lines.at(-1), commands };
}

test('each stage prints a line with its time, and the last line adds up tests and other stages', async () => {
  const { status, stages, last, commands } = await runCi();
  expect(status).toBe(0);
  expect(commands.length).toBeGreaterThan(7);
  expect(stages).toHaveLength(commands.length);
  for (const line of stages) expect(line).toMatch(/^stage [\w -]+: passed in \d+ s$/i);
  const testRuns = commands.filter((command) => command.includes('--outputFile.json')).length;
  expect(last).toBe(`${5 * testRuns + commands.length - testRuns} passed, 0 failed`);
});

test('a failed stage without tests ends the run and counts as one', async () => {
  const { status, stages, last, commands } = await runCi({ broken: 'run typecheck' });
  expect(status).toBe(3);
  expect(commands.at(-1)).toContain('run typecheck');
  expect(stages.at(-1)).toMatch(/^stage types: failed after \d+ s$/);
  expect(last).toBe(`${commands.length - 1} passed, 1 failed`);
});

test('failed tests are counted and end the run', async () => {
  const { status, last, commands } = await runCi({ broken: 'test -- --reporter', failedTests: 2 });
  expect(status).toBe(3);
  expect(last).toBe(`${commands.length - 1 + 3} passed, 2 failed`);
});

test('a test stage that fails although its tests passed counts as one failure', async () => {
  const { last, commands } = await runCi({ broken: 'test -- --reporter' });
  expect(last).toBe(`${commands.length - 1 + 5} passed, 1 failed`);
});
