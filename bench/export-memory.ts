import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { authorized } from '../test/support/key.ts';
import { fill, startApi } from './export.ts';
import { withServer } from './server.ts';

/** What a slow reader takes, and how long it reads. */
const SLOW_BYTES_PER_SECOND = 4_000_000;
const SLOW_MS = 8_000;

/**
 * Resident memory of an API, in a process of its own, while it exports a tenth and all of the results, one and four at a time, to readers that take what
 * comes, one that takes 4 MB/s, and one that takes nothing. `npm run bench -- export-memory [results]`.
 */
export async function benchExportMemory(count = '1000000'): Promise<void> {
  const results = Number(count);
  await withServer(async ({ url }) => {
    await fill(url, results);
    const { api, origin } = await startApi(url);
    const memory = watchMemory(api.pid);
    const tenth = `/export/analyses.jsonl?after=${Math.round(results * 0.9)}`;
    const all = '/export/analyses.jsonl';
    try {
      console.log(`${results} results; megabytes of the API: highest within, and at its end`);
      const step = async (name: string, work: () => Promise<readonly number[]>) => {
        memory.reset();
        const began = performance.now();
        const bytes = (await work()).reduce((sum, n) => sum + n, 0);
        const seconds = (performance.now() - began) / 1_000;
        const cells = [memory.peak(), memory.now()].map((mb) => mb.toFixed(0).padStart(6));
        console.log(
          `${name.padEnd(40)}${cells.join('')}   ${(bytes / 1e6).toFixed(0)} MB in ${seconds.toFixed(1)} s`,
        );
      };
      await step('nothing', async () => [(await delay(500)) ?? 0]);
      for (let i = 0; i < 3; i += 1) await step('a tenth', async () => [await read(origin + tenth)]);
      await step('all', async () => [await read(origin + all)]);
      await step('all, as CSV', async () => [await read(`${origin}/export/analyses.csv`)]);
      await step('a tenth, four at once', () =>
        Promise.all(Array.from({ length: 4 }, () => read(origin + tenth))),
      );
      await step('a reader of 4 MB/s', async () => [await read(origin + all, SLOW_BYTES_PER_SECOND)]);
      await step('a reader that takes nothing', async () => [await read(origin + all, 0)]);
    } finally {
      memory.stop();
      api.kill('SIGTERM');
      await once(api, 'exit');
    }
  });
}

/** Bytes read: all, or at a rate for a while, after which the connection is cut. */
function read(address: string, bytesPerSecond = Number.POSITIVE_INFINITY): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request(address, { headers: authorized }, async (response) => {
      if (response.statusCode !== 200) return reject(new Error(`${address} answered ${response.statusCode}`));
      let bytes = 0;
      response.on('error', () => undefined);
      if (bytesPerSecond === 0) {
        await delay(SLOW_MS);
      } else {
        const began = performance.now();
        for await (const part of response) {
          bytes += part.length;
          const elapsed = performance.now() - began;
          if (bytesPerSecond !== Number.POSITIVE_INFINITY && elapsed > SLOW_MS) break;
          const due = (bytes / bytesPerSecond) * 1_000;
          if (due > elapsed) await delay(due - elapsed);
        }
      }
      asked.destroy();
      resolve(bytes);
    });
    asked.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ECONNRESET' ? undefined : reject(error),
    );
    asked.end();
  });
}

/** Resident memory of a process in MB, looked at ten times a second. */
function watchMemory(pid: number | undefined) {
  let [now, peak] = [0, 0];
  const timer = setInterval(async () => {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    now = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1_024;
    peak = Math.max(peak, now);
  }, 100);
  return {
    reset: () => {
      peak = now;
    },
    now: () => now,
    peak: () => peak,
    stop: () => clearInterval(timer),
  };
}
