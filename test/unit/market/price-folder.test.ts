import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { createReaders, type ReaderSettings, type Readers } from '../../../src/market/files/call-readers.ts';
import { readWhole } from '../../../src/market/files/read-whole.ts';
import { createCsvSource } from '../../../src/market/sources/csv.ts';

const folder = mkdtempSync(join(tmpdir(), 'thetool-csv-'));
// Also for a reader of another user.
chmodSync(folder, 0o755);
afterAll(() => rmSync(folder, { recursive: true }));
const path = (name: string) => join(folder, name);
const text = 'Date,Open,High,Low,Close,Volume\n2024-01-02,9,12,8,10,100\n';
const write = (name: string, content = text) => writeFileSync(path(name), content);

write('GOOD.csv');
mkdirSync(path('FOLDER.csv'));
execFileSync('mkfifo', [path('FIFO.csv')]);
symlinkSync('GOOD.csv', path('INNER.csv'));
write('PENCE.csv', `Currency,GBp\n${text}`);
symlinkSync('/etc/passwd', path('OUTER.csv'));
symlinkSync('/dev/zero', path('DEVICE.csv'));
symlinkSync('NOWHERE.csv', path('DANGLING.csv'));
symlinkSync('CIRCLE.csv', path('CIRCLE.csv'));
symlinkSync('FIFO.csv', path('TOFIFO.csv'));
write('HUGE.csv', '');
truncateSync(path('HUGE.csv'), 20_000_001);
write('SECRET.csv');
chmodSync(path('SECRET.csv'), 0);

const started: Readers[] = [];
const closeAll = () => {
  for (const readers of started.splice(0)) readers.close();
};
afterEach(closeAll);

function source(settings: Partial<ReaderSettings> = {}) {
  const readers = createReaders(settings);
  started.push(readers);
  const csv = createCsvSource(folder, readers);
  const load = (ticker: string, signal = new AbortController().signal) =>
    csv.load({ ticker, bars: 'ALL', asOf: null }, signal);
  return { readers, load };
}

test('the bars of a file have the currency that the file says', async () => {
  const { load } = source();
  expect((await load('PENCE')).currency).toBe('GBp');
  expect((await load('GOOD')).currency).toBe(null);
});

describe('a typed error of its ticker is', () => {
  const readers = createReaders();
  afterAll(readers.close);
  const csv = createCsvSource(folder, readers);
  const load = (ticker: string) =>
    csv.load({ ticker, bars: 'ALL', asOf: null }, new AbortController().signal);

  test.each([
    ['a directory', 'FOLDER', 'BAD_DATA', 'NOT_A_FILE'],
    ['a FIFO', 'FIFO', 'BAD_DATA', 'NOT_A_FILE'],
    ['a link to a FIFO', 'TOFIFO', 'BAD_DATA', 'NOT_A_FILE'],
    ['a link that leads to itself', 'CIRCLE', 'BAD_DATA', 'NOT_A_FILE'],
    ['a link to a file outside of the folder', 'OUTER', 'BAD_DATA', 'OUTSIDE'],
    ['a link to a device', 'DEVICE', 'BAD_DATA', 'OUTSIDE'],
    ['a file that is too large', 'HUGE', 'BAD_DATA', 'TOO_LARGE'],
    ['a link to a file that does not exist', 'DANGLING', 'SOURCE_UNAVAILABLE', 'ENOENT'],
    ['a ticker without a file', 'NOPE', 'UNKNOWN_SYMBOL', null],
  ])('%s', async (_what, ticker, code, detail) => {
    await expect(load(ticker)).rejects.toMatchObject({ name: 'ItemError', code, detail });
    await expect(load('GOOD')).resolves.toMatchObject({ candles: { dates: ['2024-01-02'] } });
  });
});

test('a file that the process may not read is SOURCE_UNAVAILABLE with EACCES', async () => {
  // For root every file is readable: the reader then runs as nobody.
  const { load } = source(process.getuid?.() === 0 ? { uid: 65_534 } : {});
  await expect(load('SECRET')).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE', detail: 'EACCES' });
});

test('a folder that cannot be listed is SOURCE_UNAVAILABLE', async () => {
  const { readers } = source();
  const call = { type: 'LIST', folder: path('NOWHERE') } as const;
  await expect(readers.call(call, new AbortController().signal)).rejects.toMatchObject({
    code: 'SOURCE_UNAVAILABLE',
    detail: 'ENOENT',
  });
});

test('a link to a file inside of the folder is read', () => {
  expect(readWhole(folder, 'INNER.csv').toString()).toBe(text);
});

describe('a file that changes while it is read is SOURCE_UNAVAILABLE with CHANGED', () => {
  test.each<[string, (name: string) => void]>([
    ['it grows', (name) => appendFileSync(path(name), '2024-01-03,9,12,8,10,100\n')],
    ['it is cut', (name) => truncateSync(path(name), 10)],
    [
      'it is written anew with the same length',
      (name) => {
        write(name, text.replace('12', '13'));
        utimesSync(path(name), 1, 1);
      },
    ],
    [
      'another file takes its name',
      (name) => {
        write('NEXT.tmp', text.replace('12', '13'));
        renameSync(path('NEXT.tmp'), path(name));
      },
    ],
  ])('%s', (_how, change) => {
    write('MOVING.csv');
    const read = () => readWhole(folder, 'MOVING.csv', () => change('MOVING.csv'));
    expect(read).toThrow(
      expect.objectContaining({ code: 'SOURCE_UNAVAILABLE', detail: 'CHANGED', transient: true }),
    );
  });
});

describe('a reader process that hangs', () => {
  // SIGSTOP has the effect of a read that does not return: the process is there and sends nothing.
  async function hang(readers: Readers, load: (ticker: string) => Promise<unknown>): Promise<number> {
    await load('GOOD');
    const [pid = 0] = readers.pids();
    process.kill(pid, 'SIGSTOP');
    return pid;
  }

  test('fails its read at the deadline and is killed', async () => {
    const { readers, load } = source({ places: 1, deadlineMs: 2_000 });
    const pid = await hang(readers, load);
    await expect(load('GOOD')).rejects.toMatchObject({ code: 'SOURCE_TIMEOUT' });
    await expect.poll(() => readers.pids()).not.toContain(pid);
    await expect(load('GOOD')).resolves.toMatchObject({ adjustment: 'UNKNOWN' });
  });

  test('leaves its place to another, which reads the next files', async () => {
    const { readers, load } = source({ places: 1, stalledMs: 50, deadlineMs: 60_000 });
    const pid = await hang(readers, load);
    const hung = load('GOOD').catch((error: unknown) => error);
    await expect(load('GOOD')).resolves.toMatchObject({ adjustment: 'UNKNOWN' });
    expect(readers.pids()).toContain(pid);
    readers.close();
    expect(await hung).toMatchObject({ code: 'SOURCE_UNAVAILABLE', detail: 'READER_ENDED' });
  });

  test('lets the next reads fail at once when all readers hang, until one of them has ended', async () => {
    const { readers, load } = source({ places: 1, most: 1, stalledMs: 50, deadlineMs: 60_000 });
    const pid = await hang(readers, load);
    const hung = load('GOOD').catch((error: unknown) => error);
    await expect(load('GOOD')).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE', detail: 'STALLED' });
    process.kill(pid, 'SIGKILL');
    expect(await hung).toMatchObject({ code: 'SOURCE_UNAVAILABLE', detail: 'READER_ENDED' });
    await expect(load('GOOD')).resolves.toMatchObject({ adjustment: 'UNKNOWN' });
  });

  describe('makes its file slow', () => {
    async function withSlowFile(settings: Partial<ReaderSettings>) {
      const { readers, load } = source({ deadlineMs: 1_000, ...settings });
      await hang(readers, load);
      await expect(load('INNER')).rejects.toMatchObject({ code: 'SOURCE_TIMEOUT' });
      await expect.poll(() => readers.pids()).toEqual([]);
      return { readers, load };
    }

    test('so that it is read after all others', async () => {
      const { readers, load } = await withSlowFile({ places: 1 });
      await hang(readers, load);
      const stuck = load('FOLDER').catch((error: unknown) => error);
      const order: string[] = [];
      const reads = ['INNER', 'GOOD', 'GOOD'].map(async (ticker) => {
        await load(ticker);
        order.push(ticker);
      });
      expect(await stuck).toMatchObject({ code: 'SOURCE_TIMEOUT' });
      await Promise.all(reads);
      expect(order).toEqual(['GOOD', 'GOOD', 'INNER']);
    });

    test('so that one place stays free for others, until that time is over', async () => {
      const { readers, load } = await withSlowFile({ places: 2 });
      const slow = [load('INNER'), load('INNER')];
      expect(readers.pids()).toHaveLength(1);
      await expect(load('GOOD')).resolves.toMatchObject({ adjustment: 'UNKNOWN' });
      await Promise.all(slow);
      const forgetful = await withSlowFile({ places: 2, slowMs: 0 });
      const reads = [forgetful.load('INNER'), forgetful.load('INNER')];
      expect(forgetful.readers.pids()).toHaveLength(2);
      await Promise.all(reads);
    });
  });

  test('ends a read that is aborted at once', async () => {
    const { readers, load } = source({ places: 1 });
    await hang(readers, load);
    const abort = new AbortController();
    const [hung, queued] = [load('GOOD', abort.signal), load('GOOD', abort.signal)];
    abort.abort(new Error('cancelled'));
    await expect(hung).rejects.toThrow('cancelled');
    await expect(queued).rejects.toThrow('cancelled');
  });
});

test('a reader without work ends, and the next read starts another', async () => {
  const { readers, load } = source({ idleMs: 50 });
  await load('GOOD');
  await expect.poll(() => readers.pids()).toEqual([]);
  await expect(load('GOOD')).resolves.toMatchObject({ adjustment: 'UNKNOWN' });
});
