import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventBatch, startLogServer } from '../support/log-server.ts';
import { type Checks, installClient, outcomeOf } from '../support/packed-client.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
/**
 * Bytes after minification and gzip of what a page loads for every follower: the package alone, and with its peer graphql-ws. Three chunks are
 * loaded when they are needed.
 */
const MAX_OWN = 8_000;
const MAX_WITH_PEER = 11_500;
/** The oldest browsers and the oldest Node that docs/client.md promises. */
const BASELINE = ['chrome116', 'edge116', 'firefox124', 'safari17.4', 'node20.3'];
/** Two packages of peers (Apollo Client, Relay) whose own declarations do not check without `skipLibCheck`. Those of the client do. */
const FAULTY = /node_modules\/(@wry\/caches|relay-runtime)\/[\w/]+\.d\.ts\(\d+,\d+\): error/;

let checks: Checks;
beforeAll(async () => {
  checks = await installClient();
}, 300_000);
afterAll(() => checks.remove());

test('the tarball contains code, types, source maps and the schema, and no sources or tests', () => {
  const { files } = checks.packed;
  const outside = files.filter((file) => !file.startsWith('dist/'));
  expect(outside.sort()).toEqual(['LICENSE', 'README.md', 'package.json', 'schema.graphql']);
  const modules = files.filter((file) => file.endsWith('.js')).map((file) => file.slice(0, -'.js'.length));
  expect(modules).toContain('dist/main');
  const expected = modules.flatMap((name) => [`${name}.d.ts`, `${name}.js`, `${name}.js.map`]);
  expect(files.filter((file) => file.startsWith('dist/')).sort()).toEqual(expected.sort());
});

test('npm installs the client, graphql-ws and its peer graphql, and nothing of the server', () => {
  expect(checks.installed).toEqual(['graphql', 'graphql-ws', 'thetool-client']);
});

test('publint has no message', async () => {
  const cli = checks.tool('publint/src/cli.js');
  const home = join(checks.project, 'node_modules/thetool-client');
  const { failed, output } = await outcomeOf(process.execPath, [
    cli,
    'run',
    home,
    '--strict',
    '--pack',
    'false',
  ]);
  expect(output).toContain('All good!');
  expect(failed).toBe(false);
});

test('the types of each entry are found by bundlers and by Node (attw)', async () => {
  const cli = checks.tool('@arethetypeswrong/cli/dist/index.js');
  const args = [cli, checks.packed.tarball, '--profile', 'esm-only', '--format', 'ascii'];
  args.push('--exclude-entrypoints', 'schema.graphql');
  const { failed, output } = await outcomeOf(process.execPath, args);
  expect(failed ? output : '').toBe('');
  expect(output).toContain('"thetool-client/documents"');
});

describe('a program with every entry', () => {
  // The packages of the optional entries, as a project that uses them has them.
  beforeAll(() =>
    checks.link('react', '@types/react', 'csstype', '@apollo/client', 'rxjs', '@urql/core', 'relay-runtime'),
  );

  const program = readFileSync(join(root, 'test/package/program.ts'), 'utf8');
  const compilers = [
    ['5.4', () => checks.tool('typescript-5.4/bin/tsc')],
    ['newest', () => join(root, 'node_modules/typescript/bin/tsc')],
  ] as const;
  const modes = [
    { module: 'esnext', moduleResolution: 'bundler' },
    { module: 'node16' },
    { module: 'nodenext' },
  ];
  const cases = compilers.flatMap(([version, compiler]) =>
    modes.map((mode) => [version, mode.moduleResolution ?? mode.module, compiler, mode] as const),
  );

  async function complaints(compiler: string, mode: object, text: string): Promise<string> {
    await checks.write('program.ts', text);
    const lib = ['es2022', 'dom', 'dom.iterable'];
    const compilerOptions = {
      strict: true,
      skipLibCheck: false,
      noEmit: true,
      target: 'es2022',
      lib,
      types: [],
    };
    await checks.write(
      'tsconfig.json',
      JSON.stringify({ compilerOptions: { ...compilerOptions, ...mode }, files: ['program.ts'] }),
    );
    const { output } = await outcomeOf(process.execPath, [compiler, '-p', checks.project]);
    return output
      .split('\n')
      .filter((line) => !FAULTY.test(line))
      .join('\n');
  }

  test.each(cases)('type-checks with TypeScript %s, %s', async (_version, _mode, compiler, mode) => {
    expect(await complaints(compiler(), mode, program)).toBe('');
  });

  test.each(compilers)(
    'is rejected by TypeScript %s when a variable has another type',
    async (_version, compiler) => {
      const wrong = program.replace("tickers: ['AAPL']", 'tickers: 1');
      expect(wrong).not.toBe(program);
      expect(await complaints(compiler(), { module: 'nodenext' }, wrong)).toContain(
        "'number' is not assignable to",
      );
    },
  );
});

describe('a bundle', () => {
  interface Esbuild {
    build(options: object): Promise<{
      readonly outputFiles: readonly { readonly path: string; readonly text: string }[];
    }>;
    transform(code: string, options: object): Promise<{ readonly code: string }>;
  }
  let esbuild: Esbuild;
  beforeAll(async () => {
    esbuild = ((await import(checks.tool('esbuild/lib/main.js'))) as { default: Esbuild }).default;
  });

  /** Text of each chunk by its name, without the hash. The name of the first one, which a page loads, is `stdin`. */
  async function bundle(contents: string, external: readonly string[] = []): Promise<Map<string, string>> {
    const { outputFiles } = await esbuild.build({
      stdin: { contents, resolveDir: checks.project },
      bundle: true,
      minify: true,
      write: false,
      format: 'esm',
      platform: 'browser',
      splitting: true,
      outdir: join(checks.project, 'out'),
      external,
    });
    return new Map(outputFiles.map(({ path, text }) => [basename(path).replace(/(-\w{8})?\.js$/, ''), text]));
  }

  test.each([
    ['without its peer', MAX_OWN, ['graphql-ws/client']],
    ['with its peer', MAX_WITH_PEER, []],
  ])('of every follower %s has at most %i bytes after gzip', async (_name, limit, external) => {
    const chunks = await bundle("export * from 'thetool-client';", external);
    expect([...chunks.keys()].sort()).toEqual(['diagnose', 'print-document', 'resume-point', 'stdin']);
    const size = gzipSync(chunks.get('stdin') ?? '').length;
    expect(size).toBeGreaterThan(1_000);
    expect(size).toBeLessThanOrEqual(limit);
  });

  test('contains the documents that it uses and no others', async () => {
    const documents = await bundle("export { WatchlistsDocument } from 'thetool-client/documents';");
    expect(documents.get('stdin')?.match(/(query|mutation|subscription) \w+/g)).toEqual(['query Watchlists']);
    const followers = await bundle("export { connect, watchJob } from 'thetool-client';");
    expect(followers.get('stdin')?.match(/subscription \w+/g)).toEqual(['subscription JobProgress']);
  });

  test('needs no change of syntax for the oldest browsers and the oldest Node of docs/client.md', async () => {
    for (const file of globSync('node_modules/thetool-client/dist/**/*.js', { cwd: checks.project })) {
      const code = readFileSync(join(checks.project, file), 'utf8');
      const [old, newest] = await Promise.all(
        [BASELINE, 'esnext'].map((target) => esbuild.transform(code, { target, format: 'esm' })),
      );
      expect({ file, code: old?.code }).toEqual({ file, code: newest?.code });
    }
  });
});

/** The Node that runs this test and the one of the machine, which is the oldest supported one in CI. */
async function nodes(): Promise<Map<string, string>> {
  const candidates = [
    process.execPath,
    ...(process.env.PATH ?? '').split(':').map((folder) => join(folder, 'node')),
  ];
  const found = new Map<string, string>();
  for (const path of candidates) {
    const { failed, output } = await outcomeOf(path, ['-p', 'process.versions.node.split(".")[0]']);
    const major = output.trim();
    if (!failed && Number(major) >= 20 && !found.has(major)) found.set(major, path);
  }
  return found;
}

test('the package follows a job on every Node of this machine', async () => {
  await checks.link('ws');
  await checks.write(
    'follow.mjs',
    `import { connect, followJob } from 'thetool-client';
     const options = globalThis.WebSocket === undefined ? { webSocket: (await import('ws')).WebSocket } : {};
     const client = connect(process.argv[2], options);
     const seqs = [];
     for await (const { seq } of followJob(client, 'job')) seqs.push(seq);
     await client.close();
     console.log(seqs.join());`,
  );
  const server = await startLogServer({
    subscribe(asked) {
      // The connection is cut once, after two events.
      const after = Number(asked.variables.after);
      asked.next(eventBatch(after + 1, after === 0 ? 2 : 5, 5));
      if (after === 0) setImmediate(() => asked.socket.terminate());
      else asked.complete();
    },
  });
  const found = await nodes();
  expect([...found.keys()]).toContain(process.versions.node.split('.')[0]);
  for (const [major, path] of found) {
    const { output } = await outcomeOf(path, ['follow.mjs', server.url], { cwd: checks.project });
    expect(`Node ${major}: ${output}`).toBe(`Node ${major}: 1,2,3,4,5\n`);
  }
});
