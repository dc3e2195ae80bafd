import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  browserPath,
  type ConsoleServer,
  DESKTOP,
  fillConsole,
  openBrowser,
  PHONE,
  startConsole,
} from '../support/console-browser.ts';

const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string }[];
}

/** What axe finds that keeps people from using the page. */
async function obstaclesOf(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const violations = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } };
    return (await axe.run()).violations;
  });
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}

/** Errors of scripts, of the policy and of requests that the page makes. */
function watch(page: Page, server: ConsoleServer): string[] {
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  page.on('request', (request) => {
    const url = request.url();
    if (url.includes(server.key)) faults.push(`the key is in ${url.replace(server.key, '…')}`);
    if (!url.startsWith(server.origin) && !/^(data|blob):/.test(url)) faults.push(`asks for ${url}`);
  });
  return faults;
}

describe.skipIf(browserPath === undefined)('the console', () => {
  let server: ConsoleServer;

  beforeAll(async () => {
    server = await startConsole();
  });
  afterAll(() => server?.close());

  test('what the first page loads has at most 160 kB compressed, without the chart', () => {
    const built = fileURLToPath(new URL('../../console/dist/', import.meta.url));
    const named = readFileSync(`${built}index.html`, 'utf8').match(/assets\/[\w.-]+/g) ?? [];
    expect(named.length).toBeGreaterThan(1);
    const sizes = named.map((name) => statSync(`${built}${name}.gz`).size);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(160_000);
    expect(named.filter((name) => name.includes('chart'))).toEqual([]);
  });

  test('a first visit runs the sample and ends on its result, and the key leaves the address', async () => {
    const browser = await openBrowser({ viewport: DESKTOP });
    try {
      const page = await browser.context.newPage();
      const faults = watch(page, server);
      await page.goto(server.link);
      await expect.poll(() => page.url()).toBe(`${server.origin}/`);
      await page.getByRole('button', { name: 'Run the AAPL sample' }).click();
      await page.waitForURL(`${server.origin}/r/AAPL`);
      await page.getByRole('heading', { name: 'AAPL' }).waitFor();
      await page.getByText('Reward to risk').waitFor();
      await page.locator('.chart canvas').first().waitFor();
      expect(await page.locator('.price').innerText()).toBe('166.19');
      expect(await page.locator('.result-figures .chip').first().innerText()).toBe('Buy');
      await page.getByRole('button', { name: /^RSI/ }).click();
      await expect.poll(() => page.url()).toContain('lines=EMA,RSI');
      await page.goBack();
      await page.getByText('Changed verdicts').or(page.getByText('Newest results')).waitFor();
      expect(faults).toEqual([]);
    } finally {
      await browser.close();
    }
  });

  test('without a key it asks for one, and says when the server does not accept it', async () => {
    const browser = await openBrowser({ viewport: PHONE });
    try {
      const page = await browser.context.newPage();
      await page.goto(`${server.origin}/ranking`);
      await page.getByLabel('API key or token').fill('tt_live_wrong');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('alert').waitFor();
      await page.getByLabel('API key or token').fill(server.key);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('heading', { name: 'Ranking' }).waitFor();
    } finally {
      await browser.close();
    }
  });

  test('every page works on a desktop and on a phone, light and dark: no error, nothing too wide, no obstacle', async () => {
    const pages = await fillConsole(server);
    const found: string[] = [];
    for (const [viewport, colorScheme] of [
      [DESKTOP, 'light'],
      [PHONE, 'dark'],
    ] as const) {
      // axe is a script that the page's policy does not allow.
      const browser = await openBrowser({ viewport, colorScheme, bypassCSP: true });
      try {
        const page = await browser.context.newPage();
        const faults = watch(page, server);
        await page.goto(server.link);
        await expect.poll(() => page.url()).not.toContain('#');
        for (const [name, path] of Object.entries(pages)) {
          await page.goto(server.origin + path);
          await page.locator('.page').waitFor();
          await page.waitForFunction(() => document.querySelector('.skeleton') === null);
          const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          if (wide > 0) found.push(`${name} at ${viewport.width}: ${wide} px too wide`);
          for (const obstacle of await obstaclesOf(page))
            found.push(`${name} at ${viewport.width}: ${obstacle}`);
          for (const fault of faults.splice(0)) found.push(`${name} at ${viewport.width}: ${fault}`);
        }
      } finally {
        await browser.close();
      }
    }
    expect(found).toEqual([]);
    // 32 pages with axe on each: a busy machine takes minutes.
  }, 400_000);

  test('the keyboard alone searches a ticker, opens it, and goes to a page', async () => {
    const browser = await openBrowser({ viewport: DESKTOP });
    try {
      const page = await browser.context.newPage();
      const faults = watch(page, server);
      await page.goto(server.link);
      await page.getByRole('heading', { name: 'Queue' }).waitFor();
      await page.keyboard.press('/');
      await page.keyboard.type('apple');
      await page.getByRole('option', { name: /^AAPL/ }).waitFor();
      await page.keyboard.press('Enter');
      await page.waitForURL(`${server.origin}/r/AAPL`);
      await page.getByText('Reward to risk').waitFor();
      await page.keyboard.press('g');
      await page.keyboard.press('j');
      await page.waitForURL(`${server.origin}/jobs`);
      await page.locator('tbody [data-row]').first().waitFor();
      await page.keyboard.press('j');
      await page.keyboard.press('Enter');
      await page.waitForURL(/\/jobs\/.+/);
      expect(faults).toEqual([]);
    } finally {
      await browser.close();
    }
  });

  test('a lost connection is shown with the age of the data, and comes back by itself', async () => {
    const browser = await openBrowser({ viewport: DESKTOP });
    try {
      const page = await browser.context.newPage();
      await page.goto(server.link);
      await page.locator('.dot[data-status="live"]').first().waitFor();
      await server.stopServer();
      await page.getByText(/^Retrying since/).waitFor();
      await page.getByText(/^The data are as of/).waitFor();
      await page.getByText('Changed verdicts').or(page.getByText('Newest results')).waitFor();
      await server.restart();
      await page.locator('.top .dot[data-status="live"]').waitFor({ timeout: 60_000 });
      await expect.poll(() => page.getByText(/^The data are as of/).count()).toBe(0);
    } finally {
      await browser.close();
    }
  });
});
