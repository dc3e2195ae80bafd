import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { openDatabase } from '../../src/db/client.ts';
import { sql } from '../../src/db/drizzle.ts';
import { NotFoundError } from '../../src/errors.ts';
import { changeOnce } from '../../src/idempotency/change-once.ts';
import { createWatchlist } from '../../src/watchlists/edit-watchlist.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { keepBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type Cut, injectCuts, statementName } from '../support/faults.ts';
import {
  type Answered,
  type Call,
  call,
  inUpperCase,
  mutationNames,
  otherInput,
  prepareCall,
  repeatOf,
} from '../support/mutation-calls.ts';
import { silent } from '../support/silent.ts';
import { everyRow } from '../support/snapshot.ts';

let database: TestDatabase;
/** Two nodes on one database. */
let nodes: [TestApi, TestApi];
let serial = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  nodes = [await startApi(database.url), await startApi(database.url)];
});
afterEach(empty);
afterAll(async () => {
  for (const node of nodes) await node.close();
  await database.close();
});
const bystander = keepBystander(() => ({ url: nodes[0]?.url ?? '', db: database.db }));

/** A workspace has at most 100 lists and 20 webhooks. */
async function empty(): Promise<void> {
  const isOwn = sql`workspace_id <> ${bystander.now().workspaceId}`;
  await database.db.execute(sql`delete from webhooks where ${isOwn}`);
  await database.db.execute(sql`delete from jobs where ${isOwn}`);
  await database.db.execute(sql`delete from watchlists where not is_default and ${isOwn}`);
}

const nextKey = () => {
  serial += 1;
  return `key ${serial}`;
};

test('there are mutations to test', () => {
  expect(mutationNames.length).toBeGreaterThan(10);
});

describe('a repeat under an idempotency key', () => {
  test('changes nothing and answers the first answer, whatever was changed in between: all mutations, in any order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(mutationNames, { minLength: mutationNames.length }),
        fc.shuffledSubarray(mutationNames, { minLength: mutationNames.length }),
        async (order, again) => {
          const calls = new Map<string, { call: Call; key: string; answer: Answered }>();
          for (const name of order) {
            const prepared = await prepareCall(nodes[0], name);
            const key = nextKey();
            calls.set(name, { call: prepared, key, answer: await call(nodes[0], prepared, key) });
          }
          for (const { answer } of calls.values()) expect(answer.code).toBeUndefined();
          const before = await everyRow(database.db);
          for (const name of again) {
            const first = calls.get(name);
            if (first === undefined) throw new Error(`${name} was not called`);
            expect(await call(nodes[1], first.call, first.key)).toEqual(repeatOf(first.answer));
          }
          expect(await everyRow(database.db)).toEqual(before);
          await empty();
        },
      ),
      { numRuns: 4, seed: 2026 },
    );
  });

  test.each(mutationNames)(
    '%s: with another input is a typed conflict that changes nothing',
    async (name) => {
      const prepared = await prepareCall(nodes[0], name);
      const key = nextKey();
      await call(nodes[0], prepared, key);
      const before = await everyRow(database.db);
      const refused = await call(nodes[1], otherInput(prepared), key);
      expect(refused).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
      expect(await everyRow(database.db)).toEqual(before);
    },
  );

  test.each(mutationNames)('%s: ids with UUIDs in upper case are the same input', async (name) => {
    const prepared = await prepareCall(nodes[0], name);
    const upper = Object.entries(prepared.input).map(([field, value]) => [field, inUpperCase(value)]);
    const key = nextKey();
    const first = await call(nodes[0], { ...prepared, input: Object.fromEntries(upper) }, key);
    expect(first.code).toBeUndefined();
    expect(await call(nodes[1], prepared, key)).toEqual(repeatOf(first));
  });

  test('a call that is refused because the first one was committed meanwhile is a repeat', async () => {
    const { db } = database;
    const asked = {
      workspaceId: DEFAULT_WORKSPACE_ID,
      operation: 'test',
      input: { idempotencyKey: nextKey() },
    };
    const work = async () => ({ answer: 'done', hints: [], target: { type: 'Watchlist', ids: [] } });
    const deps = { db, log: silent };
    const overtaken = changeOnce(deps, asked, work, async () => {
      await changeOnce(deps, asked, work);
      throw new NotFoundError('The list has been deleted.');
    });
    expect(await overtaken).toBe('done');
    const other = { ...asked, input: { idempotencyKey: nextKey() } };
    const refuse = () => {
      throw new NotFoundError('There is no list.');
    };
    await expect(changeOnce(deps, other, work, refuse)).rejects.toThrow('There is no list.');
  });

  test('a key of one mutation is a conflict in every other', async () => {
    for (const [i, name] of mutationNames.entries()) {
      const key = nextKey();
      await call(nodes[0], await prepareCall(nodes[0], name), key);
      const other = mutationNames[(i + 1) % mutationNames.length] ?? '';
      const answer = await call(nodes[0], await prepareCall(nodes[0], other), key);
      expect(answer.code, `${name}, then ${other}`).toBe('IDEMPOTENCY_CONFLICT');
    }
  });

  test.each(mutationNames)(
    '%s: 40 calls at once on two nodes have one effect and one answer',
    async (name) => {
      const prepared = await prepareCall(nodes[0], name);
      const key = nextKey();
      const ask = (i: number): Promise<Answered> =>
        call(nodes[i % 2 === 0 ? 0 : 1], prepared, key).catch((error: unknown) => {
          // A node whose pool is full for too long says so; a client asks again.
          if (!String(error).includes('"UNAVAILABLE"')) throw error;
          return ask(i);
        });
      const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => ask(i)));
      // A secret is told to one of them.
      const first = answers.find(({ secret }) => secret !== undefined) ?? answers[0];
      expect(first).toMatchObject({ __typename: expect.any(String) });
      expect(first?.code).toBeUndefined();
      for (const answer of answers) if (answer !== first) expect(answer).toEqual(repeatOf(first as Answered));
      const after = await everyRow(database.db);
      await call(nodes[0], prepared, key);
      expect(await everyRow(database.db)).toEqual(after);
      const { rows } = await database.db.execute(
        sql`select count(*)::int as n from mutation_answers where key = ${key}`,
      );
      expect(rows).toEqual([{ n: 1 }]);
    },
  );

  test.each(mutationNames.filter((name) => /^(create|rotate).*(ApiKey|Webhook)/.test(name)))(
    '%s: the secret is in no answer that is stored, and who has lost it rotates it',
    async (name) => {
      const prepared = await prepareCall(nodes[0], name);
      const first = await call(nodes[0], prepared, nextKey());
      expect(first.secret).toMatch(/^(tt_live_|whsec_)/);
      const { rows } = await database.db.execute<{ text: string }>(
        sql`select string_agg(a::text, ' ') as text from mutation_answers a`,
      );
      for (const text of [first.secret ?? '', (first.secret ?? '').slice(20, 40)])
        expect(rows[0]?.text).not.toContain(text);
      const [mutation, input] =
        first.apiKey === undefined
          ? ['rotateWebhookSecret', { id: first.webhook?.id, overlapHours: 0 }]
          : ['rotateApiKey', { keyId: first.apiKey.keyId, overlapHours: 0 }];
      const rotated = await prepareCall(nodes[0], mutation as string);
      const second = await call(nodes[0], { ...rotated, input: input as Call['input'] }, nextKey());
      expect(second.secret).toMatch(/^(tt_live_|whsec_)/);
      expect(second.secret).not.toBe(first.secret);
    },
  );

  test('a repeat is told what was done though it could not be done any more', async () => {
    const { watchlist } = await nodes[0].one<{ watchlist: { id: string } }>(
      'mutation { createWatchlist(input: { name: "Filtered" }) { ... on WatchlistPayload { watchlist { id } } } }',
    );
    const hook = await prepareCall(nodes[0], 'createWebhook');
    const filter = { watchlistId: watchlist.id };
    const asked = { ...hook, input: { ...hook.input, event: 'ANALYSIS_STORED', filter } };
    const key = nextKey();
    const first = await call(nodes[0], asked, key);
    expect(first.secret).toBeDefined();
    await nodes[0].one('mutation($id: ID!) { deleteWatchlist(input: { id: $id }) { __typename } }', {
      id: watchlist.id,
    });
    expect(await call(nodes[1], asked, key)).toEqual(repeatOf(first));
    expect((await call(nodes[1], asked, nextKey())).code).toBe('NOT_FOUND');
  });

  test('the keys of workspaces are apart', async () => {
    const other = '00000000-0000-7000-8000-000000000002';
    await database.db.execute(sql`insert into workspaces (id, name) values (${other}, 'Other')`);
    const deps = { db: database.db, log: silent };
    const input = { name: 'Apart', tickers: [], idempotencyKey: 'apart' };
    const first = await createWatchlist(deps, DEFAULT_WORKSPACE_ID, input);
    expect(await createWatchlist(deps, other, input)).not.toBe(first);
    await database.db.execute(sql`delete from workspaces where id = ${other}`);
  });

  test.each(['', 'x'.repeat(256), 'nul\0'])(
    'a key of no or too many characters is refused: %j',
    async (key) => {
      for (const name of mutationNames) {
        const answer = await call(nodes[0], await prepareCall(nodes[0], name), key);
        expect(answer.code, name).toBe('INVALID_INPUT');
      }
    },
  );

  test('a refusal is not remembered: what was missing may be there the next time', async () => {
    const deps = { db: database.db, log: silent };
    const input = { name: 'Taken', tickers: [], idempotencyKey: 'refused first' };
    await createWatchlist(deps, DEFAULT_WORKSPACE_ID, { name: 'taken', tickers: [] });
    await expect(createWatchlist(deps, DEFAULT_WORKSPACE_ID, input)).rejects.toThrow('names are unique');
    await database.db.execute(sql`delete from watchlists where name = 'taken'`);
    const made = await createWatchlist(deps, DEFAULT_WORKSPACE_ID, input);
    expect(await createWatchlist(deps, DEFAULT_WORKSPACE_ID, input)).toBe(made);
  });
});

describe('a process that dies', () => {
  const statements = ['begin', 'lockKey', 'lockWatchlists', 'insertAnswer', 'commit'];
  const cuts = statements.flatMap((name) =>
    (['BEFORE', 'AFTER'] as Cut[]).map((cut) => [cut, name] as const),
  );

  test.each(cuts)('%s %s leaves the change and its answer, or neither', async (cut, name) => {
    const dying = openDatabase({ url: database.url, max: 1, applicationName: 'dying', log: silent });
    let done = false;
    injectCuts(dying.db, (text) => {
      if (done || statementName(text) !== name) return null;
      done = true;
      return cut;
    });
    const key = nextKey();
    const input = { name: `Dies ${key}`, tickers: ['AAPL'], idempotencyKey: key };
    const rows = async () => {
      const { rows: found } = await database.db.execute<{ lists: number; answers: number }>(
        sql`select (select count(*)::int from watchlists where name = ${input.name}) as lists,
          (select count(*)::int from mutation_answers where key = ${key}) as answers`,
      );
      return found[0];
    };
    await expect(
      createWatchlist({ db: dying.db, log: silent }, DEFAULT_WORKSPACE_ID, input),
    ).rejects.toThrow();
    expect(done).toBe(true);
    const whole = name === 'commit' && cut === 'AFTER' ? 1 : 0;
    expect(await rows()).toEqual({ lists: whole, answers: whole });
    const id = await createWatchlist({ db: database.db, log: silent }, DEFAULT_WORKSPACE_ID, input);
    expect(await createWatchlist({ db: database.db, log: silent }, DEFAULT_WORKSPACE_ID, input)).toBe(id);
    expect(await rows()).toEqual({ lists: 1, answers: 1 });
    await dying.close();
  });
});
