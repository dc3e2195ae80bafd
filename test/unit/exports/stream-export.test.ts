import { once } from 'node:events';
import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import type { Exported } from '../../../src/exports/exported.ts';
import { exportLimits, streamExport } from '../../../src/exports/stream-export.ts';

/** Numbers from 1 to `count`, two per chunk; `reads` tells the places asked for. */
function numbers(count: number, failAt = Number.POSITIVE_INFINITY) {
  const reads: number[] = [];
  const exported: Exported = {
    name: 'numbers',
    columns: ['a', 'b', 'c', 'd', 'e'],
    start: '0',
    async read(after) {
      const from = Number(after);
      reads.push(from);
      if (from >= failAt) throw new Error('the database is gone');
      const found = [from + 1, from + 2].filter((n) => n <= count);
      const to = Math.min(from + 2, count);
      return {
        parts: () => (found.length === 0 ? [] : [found.map((n) => `${n}\n`).join('')]),
        rows: found.length,
        place: String(to),
        isLast: to === count,
      };
    },
  };
  return { exported, reads };
}

/** A reader that takes a chunk only when it is told to. */
function slowReader() {
  const taken: string[] = [];
  let take: (() => void) | null = null;
  const out = new Writable({
    highWaterMark: 1,
    write(chunk, _encoding, done) {
      take = () => {
        take = null;
        taken.push(String(chunk));
        done();
      };
      out.emit('offered');
    },
  });
  return { out, taken, take: () => take?.() };
}

const free = async () => true;
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test('at most one chunk is read ahead of a reader, however slow it is', async () => {
  const { exported, reads } = numbers(20);
  const { out, taken, take } = slowReader();
  const first = await exported.read('0', 2);
  const ended = streamExport(out, exported, 'jsonl', { first, resumed: false }, exportLimits, free);
  for (let chunks = 1; chunks <= 10; chunks += 1) {
    // Time enough for a reader that does not wait to run away.
    for (let i = 0; i < 20; i += 1) await turn();
    expect(reads.length).toBeLessThanOrEqual(Math.min(taken.length + 2, 10));
    take();
  }
  expect(await ended).toEqual({ complete: true, rows: 20, after: '20' });
  const finished = once(out, 'finish');
  for (let i = 0; i < 20; i += 1) await turn();
  take();
  await finished;
  expect(taken.join('')).toBe(
    `${Array.from({ length: 20 }, (_, i) => `${i + 1}\n`).join('')}{"end":{"complete":true,"rows":20,"after":"20"}}\n`,
  );
});

test('nothing more is read for a reader that has gone', async () => {
  const { exported, reads } = numbers(1_000);
  const { out, take } = slowReader();
  const first = await exported.read('0', 2);
  const ended = streamExport(out, exported, 'jsonl', { first, resumed: false }, exportLimits, free);
  await turn();
  take();
  await turn();
  out.destroy();
  expect(await ended).toBeNull();
  const known = reads.length;
  expect(known).toBeLessThan(5);
  for (let i = 0; i < 20; i += 1) await turn();
  expect(reads.length).toBe(known);
});

test('a large part is given to the reader in pieces of at most 16 KiB, so that a slow one is seen to read', async () => {
  const { exported } = numbers(0);
  const text = `${'ä'.repeat(50_000)}\n`;
  const { out, taken, take } = slowReader();
  const first = { parts: () => [text], rows: 1, place: '1', isLast: true };
  const ended = streamExport(out, exported, 'jsonl', { first, resumed: false }, exportLimits, free);
  let most = 0;
  out.on('offered', () => {
    most = Math.max(most, out.writableLength);
    setImmediate(take);
  });
  const finished = once(out, 'finish');
  expect(await ended).toMatchObject({ complete: true });
  await finished;
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThanOrEqual(16_384 + 100);
  expect(taken.length).toBeGreaterThan(6);
});

test('the parts of a chunk are made in turns of the event loop of their own, and no further one for a reader that has gone', async () => {
  const made: number[] = [];
  function* parts() {
    for (let part = 1; part <= 10; part += 1) {
      made.push(part);
      yield `${part}\n`;
    }
  }
  const { exported } = numbers(0);
  const first = { parts, rows: 10, place: '10', isLast: true };
  const { out } = collector();
  const ended = streamExport(out, exported, 'jsonl', { first, resumed: false }, exportLimits, free);
  let mostInTurn = 0;
  while (made.length < 5) {
    const before = made.length;
    await turn();
    mostInTurn = Math.max(mostInTurn, made.length - before);
  }
  out.destroy();
  expect(await ended).toBeNull();
  expect(mostInTurn).toBe(1);
  expect(made.length).toBeLessThan(8);
});

/** A reader that takes everything. */
function collector() {
  const taken: string[] = [];
  const out = new Writable({
    write(chunk, _encoding, done) {
      taken.push(String(chunk));
      done();
    },
  });
  return { out, text: () => taken.join('') };
}

test('when the time is up the last line tells how to go on, and the parts make one file', async () => {
  const { exported } = numbers(6);
  let after: string | null = null;
  let file = '';
  for (let part = 0; part < 3; part += 1) {
    const { out, text } = collector();
    const first = await exported.read(after ?? exported.start, 2);
    const limits = { ...exportLimits, totalMs: 0 };
    const ending = await streamExport(out, exported, 'csv', { first, resumed: after !== null }, limits, free);
    await once(out, 'finish');
    expect(ending).toEqual({ complete: part === 2, rows: 2, after: String(2 * part + 2) });
    file += text();
    after = ending?.after ?? null;
  }
  expect(file).toBe('a,b,c,d,e\r\n1\n2\nEND,cut,2,2,\r\n3\n4\nEND,cut,2,4,\r\n5\n6\nEND,complete,2,6,\r\n');
});

test('a fault leaves the last line out', async () => {
  const { exported } = numbers(10, 4);
  const { out, text } = collector();
  const first = await exported.read('0', 2);
  const ended = streamExport(out, exported, 'jsonl', { first, resumed: false }, exportLimits, free);
  await expect(ended).rejects.toThrow('the database is gone');
  expect(text()).toBe('1\n2\n3\n4\n');
  expect(out.writableEnded).toBe(false);
});

test('every chunk but the first is charged before it is sent; without points the export ends where it can be gone on with', async () => {
  const { exported } = numbers(7);
  const charged: number[] = [];
  const allowance = async (rows: number) => {
    charged.push(rows);
    return charged.length < 3;
  };
  const parts: string[] = [];
  const out = new Writable({
    write(chunk, _encoding, done) {
      parts.push(String(chunk));
      done();
    },
  });
  const first = await exported.read('0', 2);
  const ending = await streamExport(
    out,
    exported,
    'jsonl',
    { first, resumed: false },
    exportLimits,
    allowance,
  );
  expect(ending).toEqual({ complete: false, rows: 6, after: '6' });
  expect(parts.join('')).toBe('1\n2\n3\n4\n5\n6\n{"end":{"complete":false,"rows":6,"after":"6"}}\n');
  expect(charged).toEqual([2, 2, 1]);
});
