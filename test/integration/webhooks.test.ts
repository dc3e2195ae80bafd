import { describe, expect, onTestFinished, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { sql } from '../../src/db/drizzle.ts';
import { cancelJob } from '../../src/jobs/cancel-job.ts';
import { startWorker, submit, testTask } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { createWriter } from '../support/feed.ts';
import { isSignedBy } from '../support/receiver.ts';
import { silent } from '../support/silent.ts';
import {
  api,
  type Created,
  create,
  database,
  deliver,
  receiver,
  show,
  tickersOf,
  untilState,
} from '../support/webhooks.ts';

describe('a webhook of results', () => {
  test('is told every one that passes its filter, in order and signed, once', async () => {
    const { secret, webhook } = await create({ filter: { minScore: 0.5 } });
    const writer = await createWriter(database.db);
    deliver(3);
    const expected: string[] = [];
    for (let round = 0; round < 20; round += 1) {
      await writer.store([
        { ticker: `A${round}`, score: 0.9 },
        { ticker: `B${round}`, score: 0.1 },
      ]);
      expected.push(`A${round}`);
    }
    await eventually(async () => tickersOf().length >= expected.length);
    const shown = await eventually(async () => {
      const now = await show(webhook.id);
      return now.last.state === 'DELIVERED' && now;
    });
    expect(tickersOf()).toEqual(expected);
    expect(receiver.messages.every((message) => isSignedBy(secret, message))).toBe(true);
    expect(receiver.messages.every((message) => message.type === 'analysis.stored')).toBe(true);
    expect(new Set(receiver.messages.map(({ id }) => id)).size).toBe(receiver.messages.length);
    expect(shown.deliveries.totalCount).toBe(receiver.messages.length);
    expect(shown.last.messageId).toBe(receiver.messages.at(-1)?.id);
    expect(receiver.messages[0]?.data.analyses?.[0]).toMatchObject({
      score: 0.9,
      verdict: 'HOLD',
      plan: null,
    });
  });

  test('that begins with the oldest is told up to 100 in a message', async () => {
    const writer = await createWriter(database.db);
    await writer.store(Array.from({ length: 250 }, (_, i) => ({ ticker: `C${i}`, score: 0.77 })));
    await create({ from: 'OLDEST', filter: { minScore: 0.77 } });
    deliver();
    await eventually(async () => tickersOf().filter((ticker) => /^C\d+$/.test(ticker)).length >= 250);
    const told = tickersOf().filter((ticker) => ticker.startsWith('C'));
    expect(told).toEqual(Array.from({ length: 250 }, (_, i) => `C${i}`));
    expect(receiver.messages.length).toBeLessThan(15);
  });

  test('leaves results of spans of days out unless its filter asks for them', async () => {
    await create({ filter: { tickers: ['S1', 'S2'] } });
    await create({ filter: { tickers: ['S1', 'S2'], includeBackfill: true } });
    const writer = await createWriter(database.db);
    deliver();
    await writer.store([{ ticker: 'S1', isBackfill: true }, { ticker: 'S2' }]);
    await eventually(async () => tickersOf().length >= 3);
    expect(tickersOf().sort()).toEqual(['S1', 'S2', 'S2']);
    const told = receiver.messages.flatMap(({ data }) => data.analyses ?? []);
    expect(told).toContainEqual(expect.objectContaining({ ticker: 'S1', isBackfill: true }));
  });

  test('goes on where it stood after a pause', async () => {
    const { webhook } = await create({ filter: { tickers: ['P1', 'P2'] } });
    const update = (active: boolean) =>
      api.one(`mutation($input: UpdateWebhookInput!) { updateWebhook(input: $input) { __typename } }`, {
        input: { id: webhook.id, active },
      });
    const writer = await createWriter(database.db);
    deliver();
    await update(false);
    await writer.store([{ ticker: 'P1' }]);
    await writer.store([{ ticker: 'P2' }]);
    await update(true);
    await eventually(async () => tickersOf().length === 2);
    expect(tickersOf()).toEqual(['P1', 'P2']);
  });

  test('is told again from a cursor', async () => {
    const { webhook } = await create({ filter: { tickers: ['R1', 'R2'] } });
    const writer = await createWriter(database.db);
    deliver();
    await writer.store([{ ticker: 'R1' }]);
    await eventually(async () => tickersOf().length === 1);
    await writer.store([{ ticker: 'R2' }]);
    await eventually(async () => tickersOf().length === 2);
    const [first] = receiver.messages;
    const replay = (after: string) =>
      api.one<{ __typename: string; code?: string }>(
        `mutation($input: ReplayWebhookInput!) { replayWebhook(input: $input) { __typename ... on UserError { code } } }`,
        { input: { id: webhook.id, after } },
      );
    expect(await replay(first?.data.cursor ?? '')).toMatchObject({ __typename: 'WebhookPayload' });
    await eventually(async () => tickersOf().length === 3);
    expect(tickersOf()).toEqual(['R1', 'R2', 'R2']);
    expect(new Set(receiver.messages.map(({ id }) => id)).size).toBe(3);
    expect(await replay('nonsense')).toMatchObject({ code: 'INVALID_INPUT' });
  });

  test('whose watchlist is deleted is disabled and says so', async () => {
    const { watchlist } = await api.one<{ watchlist: { id: string } }>(
      `mutation { createWatchlist(input: { name: "hooked", tickers: ["W1"] }) { ... on WatchlistPayload { watchlist { id } } } }`,
    );
    const { webhook } = await create({ filter: { watchlistId: watchlist.id } });
    const writer = await createWriter(database.db);
    deliver();
    await writer.store([{ ticker: 'W2' }, { ticker: 'W1' }]);
    await eventually(async () => tickersOf().length === 1);
    await api.one(`mutation($id: ID!) { deleteWatchlist(input: { id: $id }) { __typename } }`, {
      id: watchlist.id,
    });
    await writer.store([{ ticker: 'W1' }]);
    const shown = await untilState(webhook.id, 'DISABLED');
    expect(shown.disabledReason).toBe('The watchlist of the filter was deleted: set another filter.');
    expect(tickersOf()).toEqual(['W1']);
  });
});

describe('a webhook of ended jobs', () => {
  test('is told every end once, however jobs end', async () => {
    const { db, url } = database;
    const { secret } = await create({ event: 'JOB_FINISHED' });
    const cancelled = await submit(db, ['X'], { kind: 'nobody runs this' });
    await cancelJob(db, silent, DEFAULT_WORKSPACE_ID, cancelled);
    await cancelJob(db, silent, DEFAULT_WORKSPACE_ID, cancelled);
    const task = testTask(() => Promise.resolve());
    const worker = await startWorker(url, db, task);
    onTestFinished(() => worker.stop());
    deliver(2);
    const jobs = [cancelled];
    for (let round = 0; round < 15; round += 1) jobs.push(await submit(db, ['A', 'B', 'C']));
    const told = () => receiver.messages.flatMap(({ data }) => data.jobs ?? []);
    await eventually(async () => jobs.every((id) => told().some(({ uuid }) => uuid === id)));
    expect(new Set(told().map(({ uuid }) => uuid)).size).toBe(told().length);
    expect(told()[0]).toMatchObject({ uuid: cancelled, state: 'CANCELLED' });
    expect(
      told()
        .slice(1)
        .every(({ state }) => state === 'COMPLETED'),
    ).toBe(true);
    expect(receiver.messages.every((message) => isSignedBy(secret, message))).toBe(true);
    // Dense, and in commit order: the ends are exactly those of the jobs.
    const { rows } =
      await db.execute(sql`select count(*) = max(position) as dense, count(*) = count(distinct job_id) as once,
      count(*) = (select count(*) from jobs where finished_at is not null) as "all" from job_ends`);
    expect(rows[0]).toEqual({ dense: true, once: true, all: true });
  });
});

test('two secrets sign while they overlap', async () => {
  const { secret, webhook } = await create({ filter: { tickers: ['S1', 'S2'] } });
  const rotate = (overlapHours: number) =>
    api.one<Created>(
      `mutation($input: RotateWebhookSecretInput!) { rotateWebhookSecret(input: $input) { ... on WebhookSecretPayload { secret } } }`,
      { input: { id: webhook.id, overlapHours } },
    );
  const second = await rotate(24);
  const writer = await createWriter(database.db);
  deliver();
  await writer.store([{ ticker: 'S1' }]);
  const first = await eventually(async () => receiver.messages[0]);
  expect([secret, second.secret].map((one) => isSignedBy(one, first))).toEqual([true, true]);
  const third = await rotate(0);
  await writer.store([{ ticker: 'S2' }]);
  const next = await eventually(async () => receiver.messages[1]);
  expect([secret, second.secret, third.secret].map((one) => isSignedBy(one, next))).toEqual([
    false,
    false,
    true,
  ]);
});

test('bad addresses, filters out of place and too many webhooks are refused by name', async () => {
  for (const url of ['http://example.com/', 'https://10.0.0.1/', 'https://user:pw@example.com/', 'nonsense'])
    expect(await create({ url })).toMatchObject({ __typename: 'InvalidInputError' });
  expect(await create({ event: 'JOB_FINISHED', filter: { minScore: 0 } })).toMatchObject({
    code: 'INVALID_INPUT',
  });
  const answers = await Promise.all(Array.from({ length: 25 }, () => create({})));
  expect(answers.filter(({ __typename }) => __typename === 'WebhookSecretPayload')).toHaveLength(20);
  expect(answers.filter(({ code }) => code === 'LIMIT_EXCEEDED')).toHaveLength(5);
  const listed = await api.one<readonly { id: string }[]>('{ webhooks { id state event url } }');
  expect(listed).toHaveLength(20);
  const [{ id = '' } = {}] = listed;
  const remove = () =>
    api.one<{ __typename: string }>(
      `mutation($id: ID!) { deleteWebhook(input: { id: $id }) { __typename ... on DeleteWebhookPayload { deletedId } } }`,
      { id },
    );
  expect(await remove()).toEqual({ __typename: 'DeleteWebhookPayload', deletedId: id });
  expect(await remove()).toMatchObject({ __typename: 'NotFoundError' });
});

describe('a message', () => {
  test('names the jobs that were removed before it was sent, and is not an empty list', async () => {
    const { webhook } = await create({ event: 'JOB_FINISHED' });
    const ids: string[] = [];
    for (const ticker of ['GONE1', 'KEPT', 'GONE2']) {
      const id = await submit(database.db, [ticker]);
      await cancelJob(database.db, silent, DEFAULT_WORKSPACE_ID, id, null);
      ids.push(id);
    }
    const [first = '', kept = '', last = ''] = ids;
    await database.db.execute(sql`delete from jobs where id in (${first}, ${last})`);
    // The log of ended jobs is compared with the jobs by another test.
    onTestFinished(async () => {
      await database.db.execute(sql`delete from job_ends where workspace_id = ${DEFAULT_WORKSPACE_ID}`);
      await database.db.execute(sql`delete from job_end_heads where workspace_id = ${DEFAULT_WORKSPACE_ID}`);
      await database.db.execute(sql`delete from jobs where workspace_id = ${DEFAULT_WORKSPACE_ID}`);
    });
    deliver();
    await eventually(async () => (await show(webhook.id)).last?.state === 'DELIVERED');
    const told = receiver.messages.flatMap(({ data }) => data.jobs ?? []);
    const removed = (uuid: string) => ({
      id: Buffer.from(`Job:${uuid}`).toString('base64'),
      uuid,
      removed: true,
    });
    expect(told).toEqual([
      removed(first),
      expect.objectContaining({ uuid: kept, state: 'CANCELLED' }),
      removed(last),
    ]);
  });

  test('names the results that were removed before it was sent', async () => {
    const { webhook } = await create({ filter: { tickers: ['LEFT'] } });
    const writer = await createWriter(database.db);
    await writer.store([{ ticker: 'LEFT' }]);
    const { rows } = await database.db.execute<{ id: string }>(
      sql`select id from analyses where ticker = 'LEFT'`,
    );
    const [{ id = '' } = {}] = rows;
    await database.db.execute(sql`insert into webhook_deliveries (id, webhook_id, workspace_id, position, subject_ids)
      select gen_random_uuid(), id, workspace_id, position, array[${id}::uuid] from webhooks`);
    await database.db.execute(sql`delete from latest_analyses where analysis_id = ${id}`);
    await database.db.execute(sql`delete from analyses where id = ${id}`);
    deliver();
    await eventually(async () => (await show(webhook.id)).last?.state === 'DELIVERED');
    expect(receiver.messages[0]?.data.analyses).toEqual([
      { id: Buffer.from(`Analysis:${id}`).toString('base64'), uuid: id, removed: true },
    ]);
  });
});
