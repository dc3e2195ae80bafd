import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, describe, expect, test } from 'vitest';
import { type Running, run, temporaryDirectory } from '../support/processes.ts';

/** A PID namespace of its own, as a container has it. All its processes end with the first one. */
const CONTAINER = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'];
const permitted = spawnSync(CONTAINER[0] ?? '', [...CONTAINER.slice(1), 'true']).status === 0;
if (!permitted)
  console.log('unshare is not permitted (needs root): passing over the tests with PID namespaces.');

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function directory(): Promise<string> {
  const { path, remove } = await temporaryDirectory();
  cleanups.push(remove);
  return path;
}

function startInContainer(dataDir: string): Running {
  const env = { DATA_DIR: dataDir, LOG_LEVEL: 'info' };
  const started = run('../../test/support/embedded-process.ts', env, { under: CONTAINER });
  cleanups.push(() => started.stop('SIGKILL'));
  return started;
}

async function ready(started: Running): Promise<string> {
  const [, url = ''] = await started.said(/^ready \d+ (\S+)$/m);
  return url;
}

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

describe.skipIf(!permitted)('two containers with one data directory', { timeout: 240_000 }, () => {
  test('run one server: the second start names the first, and has all that was committed after a kill of the first', async () => {
    const dataDir = await directory();
    let holder = startInContainer(dataDir);
    let url = await ready(holder);
    await query(url, 'create table kept (round int)');
    for (const round of [1, 2]) {
      const refused = startInContainer(dataDir);
      expect(await refused.exited).toBe(1);
      expect(refused.output()).toMatch(
        new RegExp(`is in use by process \\d+ on ${hostname()} \\(another container or machine\\) since `),
      );
      await query(url, `insert into kept values (${round})`);
      const next = startInContainer(dataDir);
      await next.said(/looking for some seconds/);
      await holder.stop('SIGKILL');
      // The holder may have renewed its note once more while it was watched: then this start names it, and the next one follows it.
      url = await ready(next).catch(async () => {
        expect(next.output()).toContain('is in use by process');
        holder = startInContainer(dataDir);
        return ready(holder);
      });
      if (next.child.exitCode === null) holder = next;
    }
    expect(await query(url, 'select round from kept order by round')).toEqual([{ round: 1 }, { round: 2 }]);
  });

  test('run one server also when the process that holds the directory is frozen for longer than 10 s', async () => {
    const dataDir = await directory();
    const holder = startInContainer(dataDir);
    const url = await ready(holder);
    const pid = holder.child.pid ?? 0;
    // unshare waits for the one process below it.
    const frozen = Number((await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim());
    process.kill(frozen, 'SIGSTOP');
    const second = startInContainer(dataDir);
    expect(await second.exited).toBe(1);
    expect(second.output()).toContain(`A PostgreSQL server of another container still runs on`);
    expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
    process.kill(frozen, 'SIGCONT');
    expect(await query(url, 'select 2 as two')).toEqual([{ two: 2 }]);
    const third = startInContainer(dataDir);
    expect(await third.exited).toBe(1);
    expect(third.output()).toContain('is in use by process');
    expect(JSON.parse(await readFile(join(dataDir, 'holder.json'), 'utf8'))).toMatchObject({
      host: hostname(),
    });
  });
});
