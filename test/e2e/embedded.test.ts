import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { afterEach, describe, expect, test } from 'vitest';
import { isAlive, startOf } from '../../src/postgres/process-identity.ts';
import { eventually } from '../support/eventually.ts';
import { type Running, run, temporaryDirectory } from '../support/processes.ts';

type Identity = { readonly uid?: number; readonly gid?: number };

const root = process.getuid?.() === 0;
const nobody = { uid: 65_534, gid: 65_534 };
/** Who starts the server; PostgreSQL itself never runs as root. */
const starters: [string, Identity][] = root
  ? [
      ['root', {}],
      ['a normal user', nobody],
    ]
  : [['a normal user', {}]];

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function directory(identity: Identity = {}): Promise<string> {
  const { path, remove } = await temporaryDirectory();
  cleanups.push(remove);
  if (identity.uid !== undefined && identity.gid !== undefined) await chown(path, identity.uid, identity.gid);
  return path;
}

function start(dataDir: string, identity: Identity = {}, env: Record<string, string> = {}): Running {
  const process = run('../../test/support/embedded-process.ts', { DATA_DIR: dataDir, ...env }, identity);
  cleanups.push(() => process.stop('SIGKILL'));
  return process;
}

async function ready(process: Running): Promise<{ ms: number; url: string }> {
  const [, ms, url = ''] = await process.said(/^ready (\d+) (\S+)$/m);
  return { ms: Number(ms), url };
}

async function query<Row extends pg.QueryResultRow>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

const cluster = (dataDir: string) => join(dataDir, 'postgres-18');

async function postmaster(dataDir: string): Promise<number> {
  return Number((await readFile(join(cluster(dataDir), 'postmaster.pid'), 'utf8')).split('\n')[0]);
}

async function hasEnded(pid: number): Promise<boolean> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  return text === null ? !isAlive(pid) : text.slice(text.lastIndexOf(')') + 2).startsWith('Z');
}

describe.each(starters)('started by %s', (_name, identity) => {
  test('it keeps its data, starts once within 8 s and later within 2 s', async () => {
    const dataDir = await directory(identity);
    const first = start(dataDir, identity);
    const { ms, url } = await ready(first);
    await query(url, 'create table kept as select 42 as answer');
    expect(await first.stop()).toBe(0);
    const second = start(dataDir, identity);
    const later = await ready(second);
    expect(await query(later.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
    console.log(`first start ${ms} ms, later start ${later.ms} ms`);
    expect(ms).toBeLessThan(8_000);
    expect(later.ms).toBeLessThan(2_000);
    expect(await second.stop()).toBe(0);
    expect(await readdir(dataDir)).toEqual(expect.not.arrayContaining(['holder.json']));
  });

  test('only its password opens it, and only its owner reads the password', async () => {
    const dataDir = await directory(identity);
    const { url } = await ready(start(dataDir, identity));
    const wrong = Object.assign(new URL(url), { password: 'guess' }).href;
    await expect(query(wrong, 'select 1')).rejects.toMatchObject({ code: '28P01' });
    expect((await stat(join(dataDir, 'password'))).mode & 0o777).toBe(0o600);
    const [row] = await query<{ name: string; owner: number }>(url, 'select current_database() as name');
    expect(row?.name).toBe('thetool');
  });

  test('other databases of the server open with the same address and another name', async () => {
    const { url } = await ready(start(await directory(identity), identity));
    await query(url, 'create database copied template thetool');
    const other = Object.assign(new URL(url), { pathname: '/copied' }).href;
    expect(await query(other, 'select current_database() as name')).toEqual([{ name: 'copied' }]);
  });

  test('SIGKILL of its parent ends it, and the next start has what was committed', async () => {
    const dataDir = await directory(identity);
    const first = start(dataDir, identity);
    const { url } = await ready(first);
    await query(url, 'create table kept as select 42 as answer');
    const pid = await postmaster(dataDir);
    await first.stop('SIGKILL');
    await eventually(() => hasEnded(pid));
    const second = await ready(start(dataDir, identity));
    expect(await query(second.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
  });

  test('a killed server whose session lives on is waited for', async () => {
    const dataDir = await directory(identity);
    const first = start(dataDir, identity);
    const { url } = await ready(first);
    await query(url, 'create table kept as select 42 as answer');
    const session = new pg.Client({ connectionString: url });
    session.on('error', () => undefined);
    await session.connect();
    const { rows } = await session.query<{ pid: number }>('select pg_backend_pid() as pid');
    const backend = rows[0]?.pid ?? 0;
    const pid = await postmaster(dataDir);
    // Frozen, the session cannot notice the server's death and keeps its shared memory in use.
    process.kill(backend, 'SIGSTOP');
    let isFrozen = true;
    cleanups.push(async () => void (isFrozen && process.kill(backend, 'SIGKILL')));
    first.child.kill('SIGSTOP');
    process.kill(pid, 'SIGKILL');
    await first.stop('SIGKILL');
    const second = start(dataDir, identity, { LOG_LEVEL: 'debug' });
    await second.said(/an earlier server left behind|pre-existing shared memory block/);
    process.kill(backend, 'SIGCONT');
    isFrozen = false;
    const later = await ready(second);
    expect(await query(later.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
    await session.end().catch(() => undefined);
  });

  test('a start that was killed during initdb does not prevent the next one', async () => {
    const dataDir = await directory(identity);
    const first = start(dataDir, identity);
    const initdb = await eventually(async () => {
      const [draft] = (await readdir(dataDir)).filter((name) => name.startsWith('draft-'));
      if (draft === undefined || !existsSync(join(dataDir, draft, 'data', 'PG_VERSION'))) return null;
      const pid = first.child.pid;
      return Number((await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim());
    });
    // As a power cut: initdb has no chance to remove its files.
    process.kill(initdb, 'SIGSTOP');
    await first.stop('SIGKILL');
    process.kill(initdb, 'SIGKILL');
    expect(existsSync(cluster(dataDir))).toBe(false);
    const second = start(dataDir, identity);
    await ready(second);
    expect((await readdir(dataDir)).filter((name) => name.startsWith('draft-'))).toEqual([]);
    expect(await second.stop()).toBe(0);
  });

  test('a second start on the same directory names the process that holds it and harms nothing', async () => {
    const dataDir = await directory(identity);
    const first = start(dataDir, identity);
    const { url } = await ready(first);
    const second = start(dataDir, identity);
    expect(await second.exited).toBe(1);
    expect(second.output()).toMatch(
      new RegExp(
        `^The data directory \\S+ is in use by process ${first.child.pid} since \\d{4}-\\S+Z: .*DATA_DIR`,
      ),
    );
    expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('of eight starts after a SIGKILL one succeeds and seven name it', async () => {
    const dataDir = await directory(identity);
    const killed = start(dataDir, identity);
    await ready(killed);
    await killed.stop('SIGKILL');
    const all = Array.from({ length: 8 }, () => start(dataDir, identity));
    const ends = await Promise.all(
      all.map((process) =>
        Promise.race([
          ready(process).then(
            () => 'ready',
            () => 'refused',
          ),
        ]),
      ),
    );
    const winners = all.filter((_, i) => ends[i] === 'ready');
    expect(winners).toHaveLength(1);
    for (const loser of all.filter((process) => process !== winners[0])) {
      expect(await loser.exited).toBe(1);
      expect(loser.output()).toContain(`in use by process ${winners[0]?.child.pid} since`);
    }
  });

  test('a lock file with the number of another program does not prevent a start', async () => {
    const dataDir = await directory(identity);
    const first = start(dataDir, identity);
    await ready(first);
    await first.stop();
    const other = spawnSleeper(identity.uid === undefined && root ? nobody : identity);
    const file = join(cluster(dataDir), 'postmaster.pid');
    await writeFile(file, `${other.pid}\n${cluster(dataDir)}\n`, { mode: 0o600 });
    const { uid, gid } = await stat(cluster(dataDir));
    if (root) await chown(file, uid, gid);
    const second = start(dataDir, identity);
    await ready(second);
    expect(await second.stop()).toBe(0);
    expect(other.exitCode ?? other.signalCode).toBeNull();
  });

  test('the note of an ended process whose number another one has by now is taken over', async () => {
    const dataDir = await directory(identity);
    const other = spawnSleeper(identity);
    const note = { pid: other.pid, since: '2026-01-01T00:00:00.000Z', start: '1', claim: 'x' };
    expect(await startOf(note.pid ?? 0)).not.toBe(note.start);
    await writeFile(join(dataDir, 'holder.json'), JSON.stringify(note));
    await ready(start(dataDir, identity));
  });

  test('a symbolic link to a directory in use is in use', async () => {
    const dataDir = await directory(identity);
    const first = start(dataDir, identity);
    await ready(first);
    const link = join(await directory(identity), 'link');
    await symlink(dataDir, link);
    const second = start(link, identity);
    expect(await second.exited).toBe(1);
    expect(second.output()).toContain(`in use by process ${first.child.pid}`);
  });
});

function spawnSleeper(identity: Identity): ChildProcess {
  const child = spawn('sleep', ['600'], { stdio: 'ignore', ...identity });
  cleanups.push(async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  });
  return child;
}

test('a server that somebody started by hand is named, not stopped', async () => {
  const dataDir = await directory();
  const first = start(dataDir);
  await ready(first);
  const pid = await postmaster(dataDir);
  // As if it ran without this project: nobody's note, and a parent that lives and does not put the note back.
  first.child.kill('SIGSTOP');
  await rm(join(dataDir, 'holder.json'));
  const second = start(dataDir);
  expect(await second.exited).toBe(1);
  expect(second.output()).toContain(`A PostgreSQL server (process ${pid}) still runs on`);
  expect(await hasEnded(pid)).toBe(false);
});

test('a directory that cannot be written is named with the reason', async () => {
  const dataDir = join(await directory(), 'file');
  await writeFile(dataDir, '');
  const process = start(dataDir);
  expect(await process.exited).toBe(1);
  expect(process.output()).toMatch(/^The data directory \S+ cannot be written \(EEXIST\): .*DATA_DIR/);
});

describe.runIf(root)('as root', () => {
  test('a directory of a normal user is refused to another one', async () => {
    const process = start(await directory(), nobody);
    expect(await process.exited).toBe(1);
    expect(process.output()).toMatch(/cannot be written \(EACCES\)/);
  });

  test('the data of a normal user is served by that user', async () => {
    const user = { uid: 12_345, gid: 12_345 };
    const dataDir = await directory();
    const first = start(dataDir);
    await ready(first);
    await first.stop();
    await chownAll(dataDir, user);
    const second = start(dataDir);
    await ready(second);
    expect((await stat(`/proc/${await postmaster(dataDir)}`)).uid).toBe(user.uid);
    expect((await stat(dataDir)).uid).toBe(user.uid);
    await second.stop();
  });

  test('a directory with content keeps its owner and mode', async () => {
    const dataDir = await directory();
    await writeFile(join(dataDir, 'notes.txt'), 'mine');
    const before = await stat(dataDir);
    await ready(start(dataDir));
    const after = await stat(dataDir);
    expect([after.uid, after.mode]).toEqual([before.uid, before.mode]);
  });

  test('an empty directory of mode 0700 is opened for the server', async () => {
    const dataDir = await directory();
    await chmod(dataDir, 0o700);
    await ready(start(dataDir));
    expect(existsSync(cluster(dataDir))).toBe(true);
  });

  test('below a closed directory the data is kept elsewhere, said in the log, and found again', async () => {
    const closed = await directory();
    const dataDir = join(closed, 'checkout', '.data');
    await mkdir(dirname(dataDir));
    await chmod(closed, 0o700);
    const first = start(dataDir);
    const { url } = await ready(first);
    const [, elsewhere = ''] = first.output().match(/"dataDir":"(\/var\/lib\/thetool\/[0-9a-f]+)"/) ?? [];
    cleanups.push(() => rm(elsewhere, { recursive: true, force: true }));
    expect(existsSync(cluster(elsewhere))).toBe(true);
    await query(url, 'create table kept as select 42 as answer');
    await first.stop();
    const second = start(dataDir);
    const { url: again } = await ready(second);
    expect(await query(again, 'select answer from kept')).toEqual([{ answer: 42 }]);
    // Ended with its server, so that no process writes into the directory while it is removed.
    await second.stop();
  });
});

async function chownAll(path: string, { uid, gid }: { uid: number; gid: number }): Promise<void> {
  for (const entry of await readdir(path, { recursive: true })) await chown(join(path, entry), uid, gid);
  await chown(path, uid, gid);
}
