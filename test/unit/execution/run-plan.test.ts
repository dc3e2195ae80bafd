import { buildSchema, execute, parse } from 'graphql';
import { expect, test } from 'vitest';
import { planOperation } from '../../../src/execution/plan-operation.ts';

const schema = buildSchema(`
  type Query { rows: [Row] later: [Later!] }
  type Row { a: Int b: Int must: Int! inner: [Row!] }
  type Later { row: Row }`);
const document = parse('{ rows { a b must inner { a b must } } later { row { a b must } } }');

/** Runs the plan, and counts the turns of the event loop that it takes. */
async function run(rootValue: unknown, signal?: AbortSignal) {
  const plan = planOperation({ schema, document }, {})?.bind({});
  let turns = 0;
  let isOver = false;
  const count = () => {
    if (isOver) return;
    turns += 1;
    setImmediate(count);
  };
  setImmediate(count);
  const result = await plan?.(rootValue, {}, signal);
  isOver = true;
  return { result, turns };
}

const row = (inner: readonly object[] | null = null) => ({ a: 1, b: 2, must: 3, inner });
const list = <T>(length: number, make: (i: number) => T) => Array.from({ length }, (_, i) => make(i));

async function expectSame(rootValue: object): Promise<number> {
  const { result, turns } = await run(rootValue);
  const expected = await execute({ schema, document, rootValue });
  expect(JSON.parse(JSON.stringify(result))).toEqual(JSON.parse(JSON.stringify(expected)));
  return turns;
}

test('a long list is executed over several turns of the event loop', async () => {
  expect(await expectSame({ rows: list(3_000, () => row()) })).toBeGreaterThan(8);
  expect(await expectSame({ rows: list(3, () => row(list(1_000, () => row()))) })).toBeGreaterThan(8);
});

test('values that arrive at once are executed over several turns of the event loop', async () => {
  const ready = Promise.resolve();
  const later = list(3_000, () => ({ row: async () => ready.then(() => row()) }));
  expect(await expectSame({ later })).toBeGreaterThan(8);
});

test('an error in a list that is continued later ends where it would end at once', async () => {
  const rows = list(3_000, (i) => (i === 2_999 ? { ...row(), must: null } : row()));
  await expectSame({ rows });
  await expectSame({ rows: [row(rows), row(rows.slice(0, 10)), row()] });
});

test('entries that wait for something begin in one turn, so that they are read together', async () => {
  const turnsOf = new Set<number>();
  let turn = 0;
  const count = setInterval(() => undefined, 1_000);
  const next = () => {
    turn += 1;
    if (count.hasRef()) setImmediate(next);
  };
  setImmediate(next);
  const later = list(3_000, () => ({
    row: async () => {
      turnsOf.add(turn);
      return null;
    },
  }));
  await run({ later });
  clearInterval(count);
  count.unref();
  expect(turnsOf.size).toBe(1);
});

test('an execution that is aborted between two turns goes no further', async () => {
  const end = new AbortController();
  let calls = 0;
  const rows = list(5_000, () => ({
    ...row(),
    a: () => {
      calls += 1;
      return 1;
    },
  }));
  setImmediate(() => end.abort());
  expect((await run({ rows }, end.signal)).result).toBeNull();
  const after = calls;
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  expect([after < 5_000, calls]).toEqual([true, after]);
});
