import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TEST_KEY } from '../support/key.ts';
import { run, temporaryDirectory, urlOf } from '../support/processes.ts';

const execute = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const tsc = join(root, 'node_modules/.bin/tsc');
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let tarball: string;

/** Makes the package as `npm publish` would. Returns the name of the tarball in the folder. */
async function pack(folder: string): Promise<string> {
  const { stdout } = await execute('npm', ['pack', '--json', '--pack-destination', folder], { cwd: root });
  const [packed] = JSON.parse(stdout.slice(stdout.indexOf('[\n'))) as { readonly filename: string }[];
  return packed?.filename ?? '';
}

/** A project of somebody else with the packed files and, beside them, the one dependency: no ws, nothing of ours. */
beforeAll(async () => {
  directory = await temporaryDirectory();
  tarball = join(directory.path, await pack(directory.path));
  const home = join(directory.path, 'node_modules/thetool');
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

test('the example of the README runs as it stands and shows every step', async () => {
  const [example = ''] = blocksOf(await readFile(join(root, 'README.md'), 'utf8'), 'js');
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
  await link('@types/react');
  await link('@graphql-typed-document-node/core');
  await link('csstype');
  const blocks = blocksOf(await readFile(join(root, 'docs/client.md'), 'utf8'), 'ts');
  expect(blocks).toHaveLength(2);
  for (const [i, code] of blocks.entries()) await writeFile(join(directory.path, `example-${i}.ts`), code);
  expect(await compile('example-0.ts', 'example-1.ts')).toBe('');
  await writeFile(
    join(directory.path, 'wrong.ts'),
    (blocks[1] ?? '').replace('jobId: string', 'jobId: number'),
  );
  expect(await compile('wrong.ts')).toContain("'number' is not assignable to");
});

const program = `import { connect, type Client } from 'thetool/client';
import { SubmitAnalysisDocument, type SubmitAnalysisMutation } from 'thetool/client/documents';
import { type JobEvent, followJob } from 'thetool/client/follow-job';
import { watchJob } from 'thetool/client/watch-job';

const client: Client = connect(String(process.argv[2]), { key: String(process.argv[3]) });
const submitted: SubmitAnalysisMutation = await client.request(SubmitAnalysisDocument, {
  input: { tickers: ['AAPL'], source: 'DEMO' },
});
const result = submitted.submitAnalysis;
if (result.__typename !== 'SubmitJobPayload') throw new Error(result.message);
const events: JobEvent[] = [];
for await (const event of followJob(client, result.job.id)) events.push(event);
for await (const { state } of watchJob(client, result.job.id)) console.log(state);
console.log(events.length, events.at(-1)?.type);
await client.close();
`;

test('the packed tarball installs into an empty project, where a program type-checks and follows a job', {
  timeout: 600_000,
}, async () => {
  const project = join(directory.path, 'project');
  await mkdir(project);
  await writeFile(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  const quiet = ['--no-audit', '--no-fund', '--prefer-offline', '--omit=optional'];
  await execute('npm', ['install', ...quiet, tarball], { cwd: project });
  await writeFile(join(project, 'program.ts'), program);
  const lib = { lib: ['es2024', 'dom'], types: ['node'], typeRoots: [join(root, 'node_modules/@types')] };
  const compilerOptions = { strict: true, target: 'es2024', module: 'nodenext', ...lib };
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
  expect(await complaints(project)).toBe('');
  const server = run('start.mjs', { DATA_DIR: join(directory.path, 'data'), PORT: '0' });
  try {
    const { stdout } = await execute(process.execPath, ['program.js', await urlOf(server), TEST_KEY], {
      cwd: project,
    });
    expect(stdout).toMatch(/COMPLETED\n8 JOB_COMPLETED\n$/);
  } finally {
    await server.stop();
  }
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
    // The types of graphql-ws name some of its peer's.
    paths: { graphql: [join(root, 'node_modules/graphql/index.d.ts')] },
  };
  await writeFile(join(directory.path, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
  return complaints(directory.path);
}
