import { mkdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DESKTOP, fillConsole, openBrowser, PHONE, startConsole } from '../support/console-browser.ts';

/** `npm run screenshots`: the pictures of docs/guides/console.md, from a server of its own with the same data every time. */
const FOLDER = resolve(import.meta.dirname, '../../docs/guides/images');
const MAX_BYTES = 150_000;

const server = await startConsole();
try {
  const pages = await fillConsole(server);
  await mkdir(FOLDER, { recursive: true });
  const pictures = [
    ['home', pages.home, DESKTOP, 'light'],
    ['result', '/r/AAPL?lines=EMA,RSI', DESKTOP, 'light'],
    ['ranking', pages.ranking, DESKTOP, 'dark'],
    ['watchlists', pages.watchlists, DESKTOP, 'light'],
    ['backtest', `${pages.backtest}?strategy=WEEKLY_TARGET`, DESKTOP, 'dark'],
    ['jobs', pages.job, DESKTOP, 'light'],
    ['phone', pages.result, PHONE, 'dark'],
  ] as const;
  for (const [name, path = '/', viewport, colorScheme] of pictures) {
    const browser = await openBrowser({ viewport, colorScheme });
    const page = await browser.context.newPage();
    await page.goto(server.link);
    await page.waitForFunction(() => location.hash === '');
    await page.goto(server.origin + path);
    await page.locator('.top .dot[data-status="live"]').waitFor();
    await page.waitForFunction(() => document.querySelector('.skeleton') === null);
    if (name === 'result' || name === 'phone') await page.locator('.chart canvas').first().waitFor();
    // Bars that move and rows that flash would make another picture each time.
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.waitForLoadState('networkidle');
    const file = join(FOLDER, `console-${name}.png`);
    await page.screenshot({ path: file });
    const { size } = await stat(file);
    console.log(`${file} ${size}`);
    if (size > MAX_BYTES) throw new Error(`${file} has ${size} bytes, more than ${MAX_BYTES}`);
    await browser.close();
  }
} finally {
  await server.close();
}
