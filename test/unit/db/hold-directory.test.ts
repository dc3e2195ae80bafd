import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { holdDirectory, successorOf } from '../../../src/db/hold-directory.ts';
import { StartupError } from '../../../src/startup.ts';

let path: string;
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'thetool-hold-'));
});
afterEach(() => rm(path, { recursive: true, force: true }));

const leaveNote = (text: string) => writeFile(join(path, 'holder.json'), text);
const deadNote = (since: string) =>
  JSON.stringify({ pid: process.pid, since, start: 'another process', claim: since });

describe('of many claims at once', () => {
  test.each(['no note', 'a dead holder', 'a damaged note'])(
    'with %s one succeeds, always',
    async (before) => {
      for (let round = 0; round < 60; round += 1) {
        if (before === 'a dead holder') await leaveNote(deadNote(String(round)));
        if (before === 'a damaged note') await leaveNote('{"pid":');
        const claims = await Promise.allSettled(Array.from({ length: 12 }, () => holdDirectory(path)));
        const won = claims.filter((claim) => claim.status === 'fulfilled');
        const lost = claims.filter((claim) => claim.status === 'rejected');
        expect(won).toHaveLength(1);
        for (const { reason } of lost) {
          expect(reason).toBeInstanceOf(StartupError);
          expect(String(reason)).toContain(`in use by process ${process.pid} since`);
        }
        expect(won[0]?.value.inherited).toBe(before !== 'no note');
        await won[0]?.value.release();
      }
      expect(await readdir(path)).toEqual([]);
    },
  );
});

test('a claimer that reads a long chain while another one shortens it begins again', async () => {
  for (let round = 0; round < 25; round += 1) {
    const chain = Array.from({ length: 12 }, (_, i) => deadNote(`${round}-${i}`));
    await leaveNote(chain[0] ?? '');
    for (const [i, note] of chain.slice(1).entries()) {
      await writeFile(successorOf(path, chain[i] ?? ''), note);
    }
    // Each begins some file operations later than the one before.
    const late = async (operations: number) => {
      for (let i = 0; i < operations; i += 1) await readdir(path);
      return holdDirectory(path);
    };
    const claims = await Promise.allSettled(Array.from({ length: 12 }, (_, i) => late(i * 3)));
    const won = claims.filter((claim) => claim.status === 'fulfilled');
    expect(won).toHaveLength(1);
    await won[0]?.value.release();
  }
});

test('a release lets the next claim in and leaves nothing behind', async () => {
  const first = await holdDirectory(path);
  await expect(holdDirectory(path)).rejects.toThrow('in use by process');
  await first.release();
  const second = await holdDirectory(path);
  expect(second.inherited).toBe(false);
  await second.release();
  expect(await readdir(path)).toEqual([]);
});

test('a claimer that was killed while it took over is taken over itself', async () => {
  await leaveNote(deadNote('first'));
  await writeFile(successorOf(path, deadNote('first')), deadNote('second'));
  await writeFile(successorOf(path, deadNote('second')), deadNote('third'));
  const hold = await holdDirectory(path);
  expect(hold.inherited).toBe(true);
  expect(JSON.parse(await readFile(join(path, 'holder.json'), 'utf8'))).toMatchObject({ pid: process.pid });
  await expect(holdDirectory(path)).rejects.toThrow(`in use by process ${process.pid}`);
  await hold.release();
  expect(await readdir(path)).toEqual([]);
});

test('a living claimer behind a dead holder is named', async () => {
  const living = await holdDirectory(path);
  const note = await readFile(join(path, 'holder.json'), 'utf8');
  await leaveNote(deadNote('first'));
  await writeFile(successorOf(path, deadNote('first')), note);
  await expect(holdDirectory(path)).rejects.toThrow(`in use by process ${process.pid}`);
  await living.release();
});
