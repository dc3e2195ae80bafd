import fc from 'fast-check';
import { expect, test } from 'vitest';
import { writeInTurns } from '../../../src/execution/write-result.ts';

/** The text, and the turns of the event loop that it took. */
async function write(value: object) {
  let turns = 0;
  let isOver = false;
  const count = () => {
    if (isOver) return;
    turns += 1;
    setImmediate(count);
  };
  setImmediate(count);
  const written = await writeInTurns(value);
  isOver = true;
  const text = written === null ? null : Buffer.concat(written.pieces).toString();
  return { text, turns, bytes: written?.bytes };
}

const numbers = Array.from({ length: 300 }, (_, i) => (i < 20 ? null : i / 7));
const leaf = fc.oneof(
  fc.constantFrom<unknown>(undefined, null, Number.NaN, true, [], {}, 'ä"\n', numbers, new Date(0)),
  fc.string(),
  fc.double(),
);
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc.array(tie('tree')),
    fc.dictionary(fc.string(), tie('tree')),
  ),
}));

test('a result is the text that JSON.stringify makes of it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(tree, { minLength: 1, maxLength: 3 }), async (trees) => {
      // Repeated, so that it is worth writing in parts.
      const value = { data: Array.from({ length: 1_500 }, (_, i) => ({ tree: trees[i % trees.length] })) };
      const { text, bytes } = await write(value);
      expect(text).toBe(JSON.stringify(value));
      expect(bytes).toBe(Buffer.byteLength(text ?? ''));
    }),
    { numRuns: 8 },
  );
});

test('a long result lets others run while it is written, however it is nested', async () => {
  const row = { id: 'x', values: numbers, inner: { a: 1, b: [{ c: null }] } };
  const rows = Array.from({ length: 200 }, () => row);
  for (const value of [{ data: { rows } }, { data: { one: [{ rows }] } }, { data: rows }])
    expect((await write(value)).turns).toBeGreaterThan(10);
});

test('a result of fewer than 1,000 values is not written, since one turn is enough for it', async () => {
  const items = (count: number) => ({ data: { items: Array.from({ length: count }, () => ({ a: 1 })) } });
  expect(await writeInTurns(items(400))).toBeNull();
  expect((await writeInTurns(items(600)))?.bytes).toBe(JSON.stringify(items(600)).length);
});
