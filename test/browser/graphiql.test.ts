import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { expect, test } from 'vitest';
import { examples } from '../../src/main/examples.ts';
import { run, temporaryDirectory, urlOf } from '../support/processes.ts';

const browserPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (path) => existsSync(path),
);
if (browserPath === undefined)
  console.log(
    'No Chromium on this machine (Debian: apt-get install chromium): passing over the browser test.',
  );

async function post(url: string, key: string, query: string): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ query }),
  });
  expect(await response.json()).not.toHaveProperty('errors');
}

test.skipIf(browserPath === undefined)(
  'GraphiQL loads offline, takes its key from the link, opens each tab at its first click, submits, and shows the steps of a job as they arrive',
  { timeout: 300_000 },
  async () => {
    const directory = await temporaryDirectory();
    const profile = await mkdtemp(join(tmpdir(), 'thetool-browser-'));
    const app = run('start.mjs', {
      DATA_DIR: directory.path,
      PORT: '0',
      LOG_LEVEL: 'warn',
      BOOTSTRAP_KEY: '',
    });
    const url = await urlOf(app);
    const [, link = '', key = ''] = await app.said(/GraphiQL with this key: (\S+#key=(tt_live_\w+))/);
    const browser = await chromium.launchPersistentContext(profile, {
      executablePath: browserPath ?? '',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
      viewport: { width: 1400, height: 900 },
    });
    try {
      const page = await browser.newPage();
      // The page is 9 MB of script, which a busy machine reads for longer than the usual 30 s.
      page.setDefaultTimeout(120_000);
      page.setDefaultNavigationTimeout(120_000);
      const foreign: string[] = [];
      const sockets: string[] = [];
      const frames: string[] = [];
      page.on('request', (request) => {
        expect(request.url()).not.toContain(key);
        if (!request.url().startsWith(new URL(url).origin) && !/^(data|blob):/.test(request.url()))
          foreign.push(request.url());
      });
      page.on('websocket', (socket) => {
        sockets.push(socket.url());
        socket.on('framereceived', ({ payload }) => frames.push(String(payload)));
      });
      // Opened without the key first: the link then changes the fragment alone, which loads no page.
      await page.goto(url);
      await page.goto(link);
      await expect.poll(() => page.url(), { timeout: 30_000 }).not.toContain(key);
      const run = page.locator('.graphiql-execute-button');
      await run.waitFor();

      const tab = (title: string) =>
        page.locator('.graphiql-tab', { hasText: title }).locator('button').first();
      // Every tab opens at its first click, by a mouse that does not move while its button is down.
      for (const { title } of examples.toReversed()) {
        await tab(title).click();
        await expect
          .poll(() => page.locator('.graphiql-tab-active').allInnerTexts(), { timeout: 30_000 })
          .toEqual([title]);
      }

      // A paused queue holds the job back until its subscriber is there: what the page shows then has arrived live.
      await post(url, key, 'mutation { pauseQueue(input: {}) { __typename } }');
      await tab('Submit').click();
      await run.click();
      const response = page.locator('.graphiql-response');
      await response.getByText('"SubmitJobPayload"').waitFor();
      const [, job = ''] = (await response.innerText()).match(/"id":\s*"([^"]+)"/) ?? [];
      expect(job).not.toBe('');

      // The example as a link, with the id in place of its variable: typing would test the editor's bracket completion.
      const example = examples.find(({ title }) => title === 'Follow')?.query ?? '';
      const query = example.replace('($job: ID!)', '').replace('$job', JSON.stringify(job));
      // The tab keeps the key.
      await page.goto(`${url}?${new URLSearchParams({ query })}`);
      await run.waitFor();
      await run.click();
      await response.getByText('"JOB_QUEUED"').waitFor();
      expect(frames.join('')).not.toContain('"JOB_STARTED"');
      await post(url, key, 'mutation { resumeQueue(input: {}) { __typename } }');
      // The editor renders the lines in view of the newest message only; what was sent is all there, and the steps came after the waiting.
      await expect.poll(() => frames.join(''), { timeout: 30_000 }).toContain('"JOB_COMPLETED"');
      const messages = frames.filter((frame) => frame.includes('"jobEvents"'));
      expect(messages.length).toBeGreaterThan(1);
      const phases = [...messages.join('').matchAll(/"ticker":"AAPL","phase":(\d+)/g)].map(([, phase]) =>
        Number(phase),
      );
      expect(phases).toEqual([25, 50, 75, 100]);

      expect(sockets.some((socket) => socket.startsWith('ws://') && socket.endsWith('/graphql'))).toBe(true);
      expect(foreign).toEqual([]);
      if (process.env.SCREENSHOT !== undefined) await page.screenshot({ path: process.env.SCREENSHOT });
    } finally {
      await browser.close();
      await app.stop();
      await directory.remove();
      await rm(profile, { recursive: true, force: true });
    }
  },
);
