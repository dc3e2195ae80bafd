import { mkdtemp, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { holdDirectory, successorOf } from '../../../src/postgres/hold-directory.ts';
import { StartupError } from '../../../src/startup.ts';
import { eventually } from '../../support/eventually.ts';

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

test('a claimer that reads a long chain while another one shortens it begins again', {
  timeout: 120_000,
}, async () => {
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

describe('a holder in another container', () => {
  const file = () => join(path, 'holder.json');
  // Its process number is that of a living process here, which must not count.
  const elsewhere = JSON.stringify({
    ...{ pid: process.pid, since: '2026-01-01T00:00:00.000Z', start: null, claim: 'elsewhere' },
    ...{ host: 'other-container', boot: 'another boot', namespace: 'pid:[1]' },
  });

  test('that renews its note is named with its host', async () => {
    await leaveNote(elsewhere);
    const renewing = setInterval(() => void utimes(file(), new Date(), new Date()), 100);
    try {
      await expect(holdDirectory(path)).rejects.toThrow(
        `in use by process ${process.pid} on other-container (another container or machine) since 2026`,
      );
    } finally {
      clearInterval(renewing);
    }
    expect(await readdir(path)).toEqual(['holder.json']);
  });

  test('whose note is stale is followed by one of several claimers', async () => {
    await leaveNote(elsewhere);
    const past = new Date(Date.now() - 60_000);
    await utimes(file(), past, past);
    const claims = await Promise.allSettled(Array.from({ length: 5 }, () => holdDirectory(path)));
    const [won, ...more] = claims.filter((claim) => claim.status === 'fulfilled');
    expect(more).toEqual([]);
    expect(won?.value.inherited).toBe(true);
    await won?.value.release();
    expect(await readdir(path)).toEqual([]);
  });

  test('that takes the directory is noticed by the process that had it, whose release leaves the note alone', async () => {
    const hold = await holdDirectory(path);
    await writeFile(join(path, 'new'), elsewhere);
    await rename(join(path, 'new'), file());
    await hold.lost;
    await hold.release();
    expect(await readFile(file(), 'utf8')).toBe(elsewhere);
  });
});

test('a holder renews its note, and puts it back when somebody removes it', async () => {
  const hold = await holdDirectory(path);
  const first = await stat(join(path, 'holder.json'));
  await eventually(async () => (await stat(join(path, 'holder.json'))).mtimeMs > first.mtimeMs);
  await rm(join(path, 'holder.json'));
  await eventually(async () => (await readdir(path)).join() === 'holder.json');
  await expect(holdDirectory(path)).rejects.toThrow('in use by process');
  await hold.release();
  expect(await readdir(path)).toEqual([]);
});
