import { execFile, spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TEST_KEY } from '../support/key.ts';
import { type Running, run, temporaryDirectory, urlOf } from '../support/processes.ts';

const execute = promisify(execFile);
const document = fileURLToPath(new URL('../../docs/api.md', import.meta.url));
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let server: Running;
let env: Record<string, string>;

beforeAll(async () => {
  directory = await temporaryDirectory();
  server = run('start.mjs', { DATA_DIR: join(directory.path, 'data'), PORT: '0' });
  env = {
    PATH: process.env.PATH ?? '',
    HOME: process.env.HOME ?? '',
    THETOOL_URL: await urlOf(server),
    THETOOL_KEY: TEST_KEY,
  };
});
afterAll(async () => {
  await server.stop();
  await directory.remove();
});

/** All blocks of a language, one behind the other, as the document says; answers what they print. */
async function execution(
  language: string,
  file: string,
  program: string,
  ...args: string[]
): Promise<string[]> {
  const text = await readFile(document, 'utf8');
  const blocks = [...text.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(
    ([, code = '']) => code,
  );
  expect(blocks.length).toBeGreaterThan(4);
  const path = join(directory.path, file);
  await writeFile(path, blocks.join('\n'));
  const { stdout } = await execute(program, [...args, path], { env, cwd: directory.path });
  return stdout.split('\n');
}

test('the examples for curl run and show a job from its submit to its place in the ranking', async () => {
  const lines = (await execution('sh', 'example.sh', 'bash', '-eu')).join('\n');
  expect(lines).toContain('"__typename":"SubmitJobPayload","deduplicated":false');
  expect(lines).toMatch(/event: next\ndata: .*"JOB_QUEUED"/);
  expect(lines).toContain('"type":"JOB_COMPLETED","ticker":null,"progress":100');
  expect(lines).toContain('"state":"COMPLETED","analyses":{"totalCount":1,"edges":[{"node":{"ticker":"AAPL"');
  expect(lines).toMatch(/"ranking":\{"totalCount":[1-9]/);
  expect(lines).not.toContain('"errors"');
});

test('the examples for TypeScript run on Node as they stand', async () => {
  const lines = await execution('ts', 'example.ts', process.execPath);
  expect(lines[0]).toMatch(/^1 JOB_QUEUED {2}0 %$/);
  expect(lines).toContain('8 JOB_COMPLETED  100 %');
  expect(lines.find((line) => line.startsWith('AAPL '))).toMatch(/^AAPL (STRONG_)?(BUY|SELL|HOLD) -?\d/);
  expect(lines.at(-2)).toContain('Partners');
});

test('the examples for Python run with its standard library, where there is a Python', async () => {
  if (spawnSync('python3', ['--version']).status !== 0) {
    console.log('no python3 on this machine: its examples were passed over');
    return;
  }
  const lines = await execution('python', 'example.py', 'python3');
  expect(lines[0]).toMatch(/^1 JOB_QUEUED {2}0/);
  expect(lines.some((line) => /^\d+ ITEM_FAILED NONESUCH /.test(line))).toBe(true);
  expect(lines.some((line) => /^AAPL (STRONG_)?(BUY|SELL|HOLD) -?\d/.test(line))).toBe(true);
  expect(lines).toContain('NONESUCH UNKNOWN_SYMBOL');
  expect(lines.slice(-3)).toEqual([
    'BAD_USER_INPUT: An id must be a global id that this API returned.',
    'True',
    '',
  ]);
});
