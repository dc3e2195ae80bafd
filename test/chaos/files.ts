import { execFileSync } from 'node:child_process';
import { chmod, cp, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Tickers `G0` and so on always have a file, `B0` and so on never have one. */
export const FILES_EACH = 5;
const SAMPLE = createRequire(import.meta.url).resolve('@observablehq/sample-datasets/aapl.csv');
const SPOIL_EVERY_MS = 200;

const goodFile = (folder: string, i: number) => join(folder, `G${i}.csv`);
const badFile = (folder: string, i: number) => join(folder, `B${i}.csv`);

/** A folder for CSV_DIR with the good files. */
export async function makePriceFolder(folder: string): Promise<void> {
  await mkdir(folder);
  for (let i = 0; i < FILES_EACH; i += 1) await cp(SAMPLE, goodFile(folder, i));
}

/** In place of the bad tickers' files there are directories, FIFOs, links, broken and unreadable files in turn; the good files are replaced. */
export async function spoilFiles(folder: string, lengthMs: number): Promise<void> {
  const spoil = [
    (path: string) => mkdir(path),
    async (path: string) => void execFileSync('mkfifo', [path]),
    (path: string) => symlink('/dev/zero', path),
    (path: string) => writeFile(path, '<!doctype html>'),
    async (path: string) => {
      await writeFile(path, '<!doctype html>');
      await chmod(path, 0);
    },
  ];
  const bad = Array.from({ length: FILES_EACH }, (_, i) => badFile(folder, i));
  const clear = () => Promise.all(bad.map((path) => rm(path, { recursive: true, force: true })));
  const until = performance.now() + lengthMs;
  for (let round = 0; performance.now() < until; round += 1) {
    await clear();
    await Promise.all(bad.map((path, i) => spoil[(round + i) % spoil.length]?.(path)));
    const next = join(folder, 'next');
    await cp(SAMPLE, next);
    await rename(next, goodFile(folder, round % FILES_EACH));
    await delay(SPOIL_EVERY_MS);
  }
  await clear();
}
