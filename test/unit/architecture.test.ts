import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, matchesGlob, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const files = globSync(['src/**/*.{ts,mjs}', 'packages/*/src/**/*.{ts,tsx}'], { cwd: root }).filter(
  (file) => !file.includes('/generated/'),
);
const read = (file: string) => readFileSync(resolve(root, file), 'utf8');

interface Row {
  readonly name: string;
  readonly globs: readonly string[];
  readonly mayImport: readonly string[];
}

const cells = (line: string) =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
const section = read('ARCHITECTURE.md').split('## What may import what')[1]?.split('\n## ')[0] ?? '';
const rows: Row[] = section
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .slice(2)
  .map((line) => {
    const [name = '', globs = '', may = ''] = cells(line);
    return {
      name,
      globs: [...globs.matchAll(/`([^`]+)`/g)].map(([, glob = '']) => glob),
      mayImport: may.split(' '),
    };
  });

function rowOf(file: string): Row | undefined {
  return rows.find(({ globs }) => globs.some((glob) => matchesGlob(file, glob)));
}

function importsOf(file: string): { specifier: string; typeOnly: boolean }[] {
  const pattern = /(?:^|\n)\s*(import|export)\s(type\s)?(?:[^'";]*?\sfrom\s)?'([^']+)'|import\('([^']+)'\)/g;
  return [...read(file).matchAll(pattern)].map(([, , type, fixed, dynamic]) => ({
    specifier: fixed ?? dynamic ?? '',
    typeOnly: type !== undefined,
  }));
}

const localImports = (file: string) =>
  importsOf(file)
    .filter(({ specifier }) => specifier.startsWith('.'))
    .map(({ specifier, typeOnly }) => ({
      target: relative(root, resolve(root, dirname(file), specifier)),
      typeOnly,
    }));

test('the table of ARCHITECTURE.md has rows and every file has one', () => {
  expect(rows.length).toBeGreaterThan(10);
  expect(files.length).toBeGreaterThan(80);
  expect(files.filter((file) => rowOf(file) === undefined)).toEqual([]);
});

test('ARCHITECTURE.md has a row for every folder, and the files of its paths are there', () => {
  const text = read('ARCHITECTURE.md');
  const [, folders = ''] = text.split('\n## Folders\n');
  const table = folders.split('\n## ')[0] ?? '';
  const described = [...table.matchAll(/`([a-z]+)\/`/g)].map(([, name = '']) => name);
  const there = new Set(
    files.map((file) => file.split('/')).filter(([top, , file]) => top === 'src' && file !== undefined),
  );
  expect([...described].sort()).toEqual([...new Set([...there].map(([, name]) => name))].sort());
  const paths = text.split('\n## Paths\n')[1]?.split('\n## ')[0] ?? '';
  const named = [...paths.matchAll(/`([a-z-]+\/[\w.-]+\.ts)`/g)].map(([, file = '']) => `src/${file}`);
  expect(named.length).toBeGreaterThan(30);
  expect(named.filter((file) => !files.includes(file))).toEqual([]);
});

describe('imports go in one direction', () => {
  test.each(files)('%s', (file) => {
    const row = rowOf(file);
    const wrong = localImports(file).filter(({ target }) => {
      const to = rowOf(target);
      return to !== row && !row?.mayImport.includes(to?.name ?? '');
    });
    expect(wrong).toEqual([]);
  });

  test('no row of the table may import, over others, a row that may import it', () => {
    const allowed = new Map(
      rows.map(({ name, mayImport }) => [name, mayImport.filter((one) => one !== '–')]),
    );
    expect(circlesOf(allowed)).toEqual([]);
  });

  // Tables refer to each other where the data does: a job has its watchlist, and a ticker of a watchlist has its last job.
  test('folders import each other in no circle, tables aside, and files of tables import each other in none', () => {
    const folders = new Map<string, string[]>();
    const tables = new Map<string, string[]>();
    for (const file of files)
      for (const { target } of localImports(file)) {
        const isOfTables = file.endsWith('.tables.ts') && target.endsWith('.tables.ts');
        if (isOfTables) add(tables, file, target);
        else if (folderOf(file) !== folderOf(target)) add(folders, folderOf(file), folderOf(target));
      }
    expect(folders.size).toBeGreaterThan(15);
    expect(circlesOf(folders)).toEqual([]);
    expect(circlesOf(tables)).toEqual([]);
  });

  test('a feature never imports the store of another, except where the API joins them', () => {
    const wrong = files.flatMap((file) =>
      /^src\/(main|events|db)\//.test(file)
        ? []
        : localImports(file)
            .filter(
              ({ target }) =>
                target.endsWith('.store.ts') &&
                dirname(target) !== dirname(file) &&
                !target.startsWith('src/events/'),
            )
            .map(({ target }) => `${file} → ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  test('the execution imports no package but those of GraphQL', () => {
    const packages = files
      .filter((file) => file.startsWith('src/execution/'))
      .flatMap((file) => importsOf(file).map(({ specifier }) => specifier))
      .filter((specifier) => !specifier.startsWith('.') && !specifier.startsWith('node:'));
    expect(new Set(packages)).toEqual(new Set(['graphql', '@graphql-tools/utils']));
  });

  test('the core imports no package but big.js', () => {
    const packages = files
      .filter((file) => file.startsWith('src/quant/'))
      .flatMap((file) => importsOf(file).map(({ specifier }) => specifier))
      .filter((specifier) => !specifier.startsWith('.'));
    expect(new Set(packages)).toEqual(new Set(['big.js']));
  });
});

const folderOf = (file: string) => file.split('/').slice(0, -1).slice(0, 2).join('/');

function add(edges: Map<string, string[]>, from: string, to: string): void {
  edges.set(from, [...(edges.get(from) ?? []), to]);
}

/** Groups of nodes that can all be reached from each other. */
function circlesOf(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  const from = (start: string) => {
    const seen = new Set<string>();
    const visit = (node: string) => {
      for (const next of edges.get(node) ?? []) {
        if (seen.has(next)) continue;
        seen.add(next);
        visit(next);
      }
    };
    visit(start);
    return seen;
  };
  const reached = new Map([...edges.keys()].map((node) => [node, from(node)]));
  const circles = [...reached]
    .filter(([node, seen]) => seen.has(node))
    .map(([node, seen]) => [...seen].filter((other) => reached.get(other)?.has(node) === true).sort());
  return [...new Map(circles.map((nodes) => [nodes.join(), nodes])).values()];
}

function reachable(entry: string): Set<string> {
  const seen = new Set<string>();
  const visit = (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const { target, typeOnly } of localImports(file))
      if (!typeOnly && files.includes(target)) visit(target);
  };
  visit(entry);
  return seen;
}

test('the API reaches no task and the worker no API', () => {
  const api = [...reachable('src/main/api.ts')];
  const worker = [...reachable('src/main/worker.ts')];
  expect(api.length).toBeGreaterThan(30);
  expect(worker.length).toBeGreaterThan(30);
  expect(api.filter((file) => file.endsWith('.task.ts'))).toEqual([]);
  expect(
    worker.filter((file) => /\.graphql\.ts$|^src\/(graphql|server|sockets|execution)\//.test(file)),
  ).toEqual([]);
});

describe('house rules', () => {
  const banned = /^(utils?|helpers?|common|misc|manager|service|base|types|constants)$/;
  const registries = [
    'src/quant/indicators/index.ts',
    'src/quant/strategies/index.ts',
    'src/market/sources/index.ts',
  ];

  test('no file is a bucket, and only the three registries are an index', () => {
    const names = files.map((file) => ({ file, stem: basename(file).split('.')[0] ?? '' }));
    expect(names.filter(({ stem }) => banned.test(stem))).toEqual([]);
    expect(
      names
        .filter(({ stem }) => stem === 'index')
        .map(({ file }) => file)
        .sort(),
    ).toEqual([...registries].sort());
  });

  /** First words of the files that do something: a name that begins with none of them is that of a thing. */
  const verbs =
    /^(admit|bound|cancel|change|charge|claim|commit|compute|count|create|define|deliver|disable|edit|explain|export|fill|find|flush|follow|gather|heed|hide|hold|import|issue|keep|lease|load|log|note|observe|own|pause|promote|provide|prune|read|receive|record|refuse|repair|rescue|reserve|resolve|retry|run|send|serve|stream|submit|suspend|take|update|verify|write)-/;
  const isOfFeature = (file: string) =>
    ['noun', 'verb', 'task', 'store', 'tables', 'api'].includes(rowOf(file)?.name ?? '');

  test('in a feature a hyphen follows a verb, and a file of one word does no input or output', () => {
    const plain = files.filter((file) => isOfFeature(file) && basename(file).split('.').length === 2);
    expect(plain.length).toBeGreaterThan(100);
    expect(plain.filter((file) => basename(file).includes('-') && !verbs.test(basename(file)))).toEqual([]);
    const io = /^node:(fs|http|https|dns|child_process|worker_threads|timers)/;
    expect(
      plain.filter(
        (file) =>
          !basename(file).includes('-') &&
          (importsOf(file).some(({ specifier }) => io.test(specifier)) || /\bfetch\(/.test(read(file))),
      ),
    ).toEqual([]);
  });

  test('no file is longer than 400 lines, and half are shorter than 120', () => {
    const lengths = files.map((file) => ({ file, lines: read(file).split('\n').length }));
    expect(lengths.filter(({ lines }) => lines > 400)).toEqual([]);
    expect(
      lengths.map(({ lines }) => lines).sort((a, b) => a - b)[Math.floor(lengths.length / 2)],
    ).toBeLessThan(120);
  });

  test('process.env is read in config.ts only; launchers, which run before all modules, set variables and look for npm and for flags of Node', () => {
    /** Each variable that one launcher may use beside those that all may. */
    const ofLaunchers: Readonly<Record<string, RegExp>> = {
      'src/main/dev.mjs': /process\.env\.(SHUTDOWN_DRAIN_MS|NODE_COMPILE_CACHE)\b/g,
      'src/main/launch.mjs': /process\.env\.NODE_OPTIONS\b/g,
    };
    const uses = files.filter((file) =>
      /process\.env\b(?!\.(NODE_ENV|npm_lifecycle_event)\b)|loadEnvFile/.test(
        read(file).replaceAll(ofLaunchers[file] ?? /$^/g, ''),
      ),
    );
    expect(uses).toEqual(['src/config.ts']);
  });

  test('SQL is written in stores, tables, migrations and where transactions and locks are made', () => {
    const allowed = /\.(store|tables)\.ts$|^src\/(db|postgres)\/|^src\/events\/publish\.ts$/;
    expect(files.filter((file) => !allowed.test(file) && /\bsql`|\.query\(/.test(read(file)))).toEqual([]);
  });

  test('events, counters and ends of jobs are written in one place', () => {
    const writes = /\b(insertEvents|updateJobs|insertItems|updateWatchlists|logEnds|advance)\(/;
    const engine = files.filter((file) => file.startsWith('src/jobs/'));
    const writers = engine.filter((file) => writes.test(read(file).replace(/function \w+\(/g, '')));
    expect(writers).toEqual(['src/jobs/commit-changes.ts']);
  });

  test('pg_notify appears once', () => {
    expect(files.filter((file) => /select pg_notify/.test(read(file)))).toEqual(['src/events/publish.ts']);
  });
});
