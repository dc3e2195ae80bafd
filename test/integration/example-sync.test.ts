import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { startApi, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { clearWorkspace } from '../support/engine.ts';
import { commandOfGuide, hasPython, PROCESS_TIMEOUT_MS, pythonEnv } from '../support/examples.ts';
import { createWriter } from '../support/feed.ts';
import { TEST_KEY } from '../support/key.ts';
import { temporaryDirectory } from '../support/processes.ts';
import { startWireProxy, type WireProxy } from '../support/wire-proxy.ts';

const PER_ROUND = 150;

let database: TestDatabase;
let api: TestApi;
let proxy: WireProxy;
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeAll(async () => {
  database = await createTestDatabase();
  api = await startApi(database.url, { BOOTSTRAP_KEY: TEST_KEY }, { access: 'real', key: TEST_KEY });
  proxy = await startWireProxy(api.url);
  directory = await temporaryDirectory();
});
afterAll(async () => {
  await directory.remove();
  await proxy.close();
  await api.close();
  await database.close();
});

const PROGRAMS = [
  { language: 'TypeScript', file: 'sync.ts', isHere: true },
  { language: 'Python', file: 'sync.py', isHere: hasPython },
];

/** Ids of the results in the order of the feed, spans of days included. */
async function idsOfApi(): Promise<string[]> {
  const response = await fetch(new URL('/export/analyses.jsonl?includeBackfill=true', api.url), {
    headers: { authorization: `Bearer ${TEST_KEY}` },
  });
  const lines = (await response.text()).trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line).id).filter((id) => id !== undefined);
}

function idsOfTarget(path: string): string[] {
  const target = new DatabaseSync(path, { timeout: 5_000 });
  const rows = target.prepare('SELECT id FROM results ORDER BY position').all();
  target.close();
  return rows.map(({ id }) => Buffer.from(String(id), 'base64').toString().replace('Analysis:', ''));
}

/** Resolves when the program has printed so many batches. Rejects when it ends by itself. */
function batchesOf(child: ChildProcess, count: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let text = '';
  let errors = '';
  child.stderr?.on('data', (part: Buffer) => {
    errors += part.toString();
  });
  child.stdout?.on('data', (part: Buffer) => {
    text += part.toString();
    if ([...text.matchAll(/^[1-9]\d* stored$/gm)].length >= count) resolve();
  });
  child.once('exit', () => reject(new Error(`the program ended: ${errors}`)));
  return promise;
}

test.each(PROGRAMS)(
  'the $language program stores every result once and in order though it is killed again and again',
  async ({ language, file, isHere }) => {
    if (!isHere) return console.log(`${language} is not here: its example was skipped`);
    await clearWorkspace(database.db);
    const writer = await createWriter(database.db);
    const target = join(directory.path, `${file}.db`);
    const [program, path] = commandOfGuide('sync-results.md', `sync-results/${file}`);
    const start = () => {
      const child = spawn(program, [path, target], {
        env: pythonEnv({ THETOOL_URL: proxy.url, THETOOL_KEY: TEST_KEY }),
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      onTestFinished(() => void child.kill('SIGKILL'));
      return child;
    };
    let kills = 0;
    const kill = (child: ChildProcess) => {
      kills += Number(child.kill('SIGKILL'));
    };
    const tickersOf = (round: number) =>
      Array.from({ length: PER_ROUND }, (_, i) => ({
        ticker: `R${round}N${i}`,
        strategy: 'BALANCED',
        isBackfill: i % 7 === 0,
      }));

    // Killed when a message has just left for it.
    for (const messages of [1, 2]) {
      await writer.store(tickersOf(messages));
      const child = start();
      let seen = 0;
      proxy.toClient = (bytes) => {
        if (bytes.includes('analysisStored')) seen += 1;
        if (bytes.includes('analysisStored') && seen === messages) setImmediate(() => kill(child));
        return 'PASS';
      };
      await once(child, 'exit');
      proxy.toClient = () => 'PASS';
    }
    // Killed while its transaction waits for a lock of the target, then when it has just committed.
    await writer.store(tickersOf(3));
    const child = start();
    await batchesOf(child, 1);
    const other = new DatabaseSync(target);
    other.exec('PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE');
    const message = new Promise<void>((resolve) => {
      proxy.toClient = (bytes) => {
        if (bytes.includes('analysisStored')) resolve();
        return 'PASS';
      };
    });
    await writer.store(tickersOf(4));
    await message;
    kill(child);
    await once(child, 'exit');
    other.exec('ROLLBACK');
    other.close();
    const committing = start();
    await batchesOf(committing, 1);
    kill(committing);
    await once(committing, 'exit');

    expect(kills).toBe(4);
    const expected = await idsOfApi();
    expect(expected).toHaveLength(4 * PER_ROUND);
    // What is stored is the beginning of the feed after each kill.
    const before = idsOfTarget(target);
    expect(before).toEqual(expected.slice(0, before.length));
    const last = await writer.store([{ ticker: 'LAST', strategy: 'BALANCED' }]);
    const final = start();
    const all = [...expected, ...last];
    while (idsOfTarget(target).length < all.length) await once(final.stdout, 'data');
    expect(idsOfTarget(target)).toEqual(all);
    expect(await idsOfApi()).toEqual(all);
  },
  PROCESS_TIMEOUT_MS,
);
