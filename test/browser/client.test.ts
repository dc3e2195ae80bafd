import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chromium } from 'playwright-core';
import { expect, test } from 'vitest';
import { startPostgres } from '../../src/postgres/embedded.ts';
import { TEST_KEY } from '../support/key.ts';
import { run, temporaryDirectory, urlOf } from '../support/processes.ts';
import { silent } from '../support/silent.ts';

const root = resolve(import.meta.dirname, '../..');
const browserPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (path) => existsSync(path),
);

/** A page of the API's own origin: the built client as it is, its one import mapped to a file. */
const page = `<!doctype html><meta charset="utf-8"><title>client</title>
<script type="importmap">{ "imports": { "graphql-ws/client": "/__client/graphql-ws/client.js" } }</script>
<script type="module">
  import { connect, followJob, watchJob } from '/__client/dist/main.js';
  import { SubmitAnalysisDocument } from '/__client/dist/generated/graphql.js';
  globalThis.seen = { seqs: [], states: [], retries: 0, done: false };
  const client = connect('/graphql', { key: '${TEST_KEY}', onRetry: () => { seen.retries += 1; } });
  globalThis.start = async (tickers) => {
    const { submitAnalysis } = await client.request(SubmitAnalysisDocument, { input: { tickers, source: 'DEMO' } });
    const watching = (async () => { for await (const { state } of watchJob(client, submitAnalysis.job.id)) seen.states.push(state); })();
    for await (const { seq } of followJob(client, submitAnalysis.job.id)) seen.seqs.push(seq);
    await watching;
    await client.close();
    seen.done = true;
  };
</script>`;

interface Seen {
  readonly seqs: number[];
  readonly states: string[];
  readonly retries: number;
  readonly done: boolean;
}

test.skipIf(browserPath === undefined)(
  'the built client follows a job in a browser through a killed and restarted API, with no bundler and no other package',
  async () => {
    const directory = await temporaryDirectory();
    const profile = await mkdtemp(join(tmpdir(), 'thetool-browser-'));
    const dist = join(directory.path, 'dist');
    execFileSync(join(root, 'node_modules/.bin/tsc'), [
      '-p',
      join(root, 'packages/client/tsconfig.build.json'),
      '--outDir',
      dist,
    ]);
    const postgres = await startPostgres({ dataDir: join(directory.path, 'data'), log: silent });
    const env = { DATABASE_URL: postgres.url, LOG_LEVEL: 'warn' };
    let api = run('api.mjs', { ...env, PORT: '0' });
    const url = new URL(await urlOf(api));
    const worker = run('worker.mjs', { ...env, WORKER_CAPACITY: '2' });
    const browser = await chromium.launchPersistentContext(profile, {
      executablePath: browserPath ?? '',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--no-first-run',
        '--disable-background-networking',
        // The page below is made up by the test, so the browser does not know that it came from this machine.
        '--disable-features=LocalNetworkAccessChecks',
      ],
    });
    try {
      const tab = await browser.newPage();
      const faults: string[] = [];
      tab.on('pageerror', (error) => faults.push(String(error)));
      await tab.route('**/__client/**', (route) => {
        const path = new URL(route.request().url()).pathname.replace('/__client/', '');
        if (path === '') return route.fulfill({ contentType: 'text/html', body: page });
        const folder = path.startsWith('dist/') ? directory.path : join(root, 'node_modules');
        const file = join(folder, path.replace(/^graphql-ws\//, 'graphql-ws/dist/'));
        return route.fulfill({ contentType: 'text/javascript', path: file });
      });
      await tab.goto(`${url.origin}/__client/`);
      await tab.waitForFunction(() => 'start' in globalThis);
      const look = () => tab.evaluate(() => (globalThis as unknown as { seen: Seen }).seen);
      const tickers = Array.from({ length: 150 }, (_, i) => `B${i}`);
      const following = tab.evaluate(
        (list) => (globalThis as unknown as { start(list: string[]): Promise<void> }).start(list),
        tickers,
      );
      await expect.poll(async () => (await look()).seqs.length, { timeout: 30_000 }).toBeGreaterThan(10);
      await api.stop('SIGKILL');
      api = run('api.mjs', { ...env, PORT: url.port });
      await urlOf(api);
      await following;
      const seen = await look();
      expect(seen.seqs).toEqual(Array.from({ length: seen.seqs.length }, (_, i) => i + 1));
      expect(seen.seqs.length).toBeGreaterThan(4 * 150);
      expect(seen.states.at(-1)).toBe('COMPLETED');
      expect(seen.retries).toBeGreaterThan(0);
      expect(seen.done).toBe(true);
      expect(faults).toEqual([]);
    } finally {
      await browser.close();
      await worker.stop();
      await api.stop();
      await postgres.stop();
      await directory.remove();
      await rm(profile, { recursive: true, force: true });
    }
  },
);
