import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TEST_KEY } from '../support/key.ts';
import { packClient } from '../support/packed-client.ts';
import { run, temporaryDirectory, urlOf } from '../support/processes.ts';

const execute = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const tsc = join(root, 'node_modules/.bin/tsc');
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;

/** A project of somebody else with the packed files and, beside them, the one dependency: no ws, nothing of ours. */
beforeAll(async () => {
  directory = await temporaryDirectory();
  const { tarball } = await packClient(directory.path);
  const home = join(directory.path, 'node_modules/thetool-client');
  await mkdir(home, { recursive: true });
  await execute('tar', ['-xzf', tarball, '-C', home, '--strip-components=1']);
  // A copy: through a link its own imports would find what only we have installed.
  await cp(join(root, 'node_modules/graphql-ws'), join(home, '../graphql-ws'), { recursive: true });
  await writeFile(join(directory.path, 'package.json'), JSON.stringify({ type: 'module' }));
});
afterAll(() => directory.remove());

async function link(name: string): Promise<void> {
  const target = join(directory.path, 'node_modules', name);
  await mkdir(dirname(target), { recursive: true });
  await symlink(join(root, 'node_modules', name), target);
}

const blocksOf = (text: string, language: string) =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(([, code = '']) => code);

test('the example of docs/guides/first-program.md runs as it stands and shows every step', async () => {
  const [example = ''] = blocksOf(await readFile(join(root, 'docs/guides/first-program.md'), 'utf8'), 'js');
  expect(example.split('\n').filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(22);
  const server = run('start.mjs', { DATA_DIR: join(directory.path, 'data'), PORT: '0' });
  try {
    const url = await urlOf(server);
    expect(example).toContain("'http://127.0.0.1:4000/graphql'");
    await writeFile(
      join(directory.path, 'example.js'),
      example.replace('http://127.0.0.1:4000/graphql', url),
    );
    const { stdout } = await execute(process.execPath, ['example.js'], {
      cwd: directory.path,
      env: { ...process.env, THETOOL_KEY: TEST_KEY },
    });
    const lines = stdout.trim().split('\n');
    expect(lines.map((line) => Number(line.split(' ')[0]))).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(lines.at(-1)).toMatch(/^8 JOB_COMPLETED {2}100 %$/);
  } finally {
    await server.stop();
  }
});

test('the examples of docs/client.md fit the package, with the types of a browser only', async () => {
  for (const name of ['@types/react', 'csstype', '@apollo/client', 'rxjs', '@urql/core', 'relay-runtime'])
    await link(name);
  const text = await readFile(join(root, 'docs/client.md'), 'utf8');
  const [page = ''] = blocksOf(text, 'tsx');
  const files = new Map(blocksOf(text, 'ts').map((code, i) => [`example-${i}.ts`, code]));
  expect(files.size).toBe(3);
  files.set('page.tsx', page);
  for (const [name, code] of files) await writeFile(join(directory.path, name), code);
  expect(await compile(...files.keys())).toBe('');
  await writeFile(join(directory.path, 'wrong.tsx'), page.replace('id: string', 'id: number'));
  expect(await compile('wrong.tsx')).toContain("'number' is not assignable to");
});

async function complaints(project: string): Promise<string> {
  const { stdout } = await execute(tsc, ['-p', project]).catch((error: { stdout: string }) => error);
  return stdout;
}

/** What the compiler complains about. */
async function compile(...files: string[]): Promise<string> {
  const compilerOptions = {
    strict: true,
    noEmit: true,
    target: 'es2024',
    module: 'nodenext',
    lib: ['es2024', 'dom'],
    types: [],
    jsx: 'react-jsx',
    skipLibCheck: true,
    // The types of graphql-ws name some of its peer's.
    paths: { graphql: [join(root, 'node_modules/graphql/index.d.ts')] },
  };
  await writeFile(join(directory.path, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
  return complaints(directory.path);
}
