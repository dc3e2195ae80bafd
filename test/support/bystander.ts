import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { insertWorkspace } from '../../src/access/key.store.ts';
import type { Db } from '../../src/db/client.ts';
import { sql } from '../../src/db/drizzle.ts';
import type { Hint } from '../../src/events/hint.ts';
import { ring } from '../../src/events/publish.ts';
import { foldName } from '../../src/name.ts';
import { newId } from '../../src/uuid.ts';
import { jobGid } from './api.ts';
import {
  ask,
  type Client,
  openStream,
  openSubscriptions,
  type Payload,
  type Stream,
} from './bystander-streams.ts';
import { eventRows, jobRow, submit } from './engine.ts';
import { createWriter } from './feed.ts';
import { insertKey } from './insert-key.ts';
import { append } from './log.ts';
import { createRowDigest } from './workspace-rows.ts';

/*
 * A bystander is a workspace of its own on the API and the database of a suite that sends hostile input. Its followers are open and its job
 * goes on while the suite sends that input, and `check` fails when anything of it has changed: CONTRIBUTING, Hostile input.
 */

/** How long an event may be under way to a follower, and a read may take. A bound: nothing waits for it. */
const WITHIN_MS = 5_000;
/** Subscriptions that a bystander holds: three over a websocket, two over SSE. */
export const BYSTANDER_SUBSCRIPTIONS = 5;

export interface Surroundings {
  /** Of the API that gets the hostile input. */
  readonly url: string;
  /** All rows of its database. */
  readonly db: Db;
}

export interface Bystander {
  readonly workspaceId: string;
  /**
   * Fails unless the followers are as they should be, an event and a result that are stored now reach all of them in time, reads return what
   * they should, and no row of the workspace was changed by anybody else. `beside` are hints of others that are published in the same
   * notification: nodes read for all of them in one statement. Checks that are asked for at once run one after the other; after one that
   * failed all fail.
   */
  check(beside?: readonly Hint[]): Promise<void>;
  /** Checks once more, and closes the followers. */
  leave(): Promise<void>;
}

const EVENTS =
  'subscription($id: ID!) { jobEvents(jobId: $id) { cursor gap events { seq type ticker progress } } }';
const PROGRESS = 'subscription($id: ID!) { jobProgress(id: $id) { id state lastSeq total queued } }';
const RESULTS =
  'subscription { analysisStored(from: OLDEST) { gap analyses { id ticker verdict score job { id } } } }';
const READS = `{
  viewer { workspaceId workspaceName subject keyId scopes limits { keys queuedItems watchlists } }
  jobs(first: 10) { totalCount edges { node { id uuid state lastSeq total queued failed createdAt } } }
  watchlists { id name revision isDefault items { ticker addedAt } }
  analyses(first: 5) { totalCount edges { node { id ticker verdict score } } }
}`;
/** The operations that a bystander sends, for servers that run listed ones only. */
export const BYSTANDER_DOCUMENTS: readonly string[] = [EVENTS, PROGRESS, RESULTS, READS];

interface Event {
  readonly seq: number;
  readonly type: string;
  readonly ticker: string | null;
  readonly progress: number;
}
interface Result {
  readonly id: string;
  readonly ticker: string;
}

/** What a follower has received, and whether that is all. */
interface Follower<Item> {
  readonly name: string;
  readonly received: readonly Item[];
  fault: string | null;
}

export async function openBystander({ url, db }: Surroundings): Promise<Bystander> {
  const workspaceId = newId();
  await insertWorkspace(db, { id: workspaceId, name: workspaceId });
  const client: Client = { url, key: await insertKey(db, workspaceId) };
  const list = newId();
  await db.execute(
    sql`insert into watchlists (id, workspace_id, name) values (${list}, ${workspaceId}, 'Bystander')`,
  );
  // As every start of a process does with names whose key is missing.
  for (const name of ['Bystander', 'Default'])
    await db.execute(
      sql`update watchlists set name_key = ${foldName(name)} where workspace_id = ${workspaceId} and name = ${name}`,
    );
  await db.execute(
    sql`insert into watchlist_items (workspace_id, watchlist_id, ticker) values (${workspaceId}, ${list}, 'HELD')`,
  );
  // Of a kind that no worker of the suite knows: the job goes on by `check` alone.
  const jobId = await submit(db, ['STANDS', 'BY'], { workspaceId, kind: 'bystander' });
  const job = { id: jobGid(jobId) };
  const writer = await createWriter(db, workspaceId, jobId);
  const digest = await createRowDigest(db, workspaceId);
  const results: Result[] = [];
  const changes = createChanges();

  async function storeResult(): Promise<void> {
    const ticker = `BY${results.length + 1}`;
    const [id = ''] = await writer.store([{ ticker, verdict: 'BUY', score: 0.5 }]);
    results.push({ id: Buffer.from(`Analysis:${id}`).toString('base64'), ticker });
  }
  await storeResult();

  function follower<Item>(name: string, query: string, variables: object, read: Read<Item>) {
    const received: Item[] = [];
    const state: Follower<Item> = { name, received, fault: null };
    const subscriber = {
      name,
      query,
      variables,
      onMessage: ({ data }: Payload) => {
        received.push(...read(Object.values(data ?? {})[0] as never));
        changes.announce();
      },
      onFault: (reason: string) => {
        state.fault ??= reason;
        changes.announce();
      },
    };
    return { state, subscriber };
  }
  const onSocket = {
    events: follower('events over a websocket', EVENTS, job, readEvents),
    progress: follower('progress over a websocket', PROGRESS, job, readProgress),
    results: follower('results over a websocket', RESULTS, {}, readResults),
  };
  const onStream = {
    events: follower('events over SSE', EVENTS, job, readEvents),
    results: follower('results over SSE', RESULTS, {}, readResults),
  };
  const all = [...Object.values(onSocket), ...Object.values(onStream)].map(({ state }) => state);

  const streams: readonly Stream[] = await Promise.all([
    openSubscriptions(
      client,
      Object.values(onSocket).map(({ subscriber }) => subscriber),
    ),
    ...Object.values(onStream).map(({ subscriber }) => openStream(client, subscriber)),
  ]);

  /** Waits until every follower has what is stored, and compares all that each has received with it. */
  async function expectFollowers(): Promise<void> {
    const events = (await eventRows(db, jobId)).map(
      ({ seq, type, ticker, progress }): Event => ({ seq, type, ticker, progress }),
    );
    const isComplete = () =>
      all.some(({ fault }) => fault !== null) ||
      (onSocket.events.state.received.length >= events.length &&
        onStream.events.state.received.length >= events.length &&
        onSocket.results.state.received.length >= results.length &&
        onStream.results.state.received.length >= results.length &&
        onSocket.progress.state.received.at(-1) === events.length);
    const isInTime = await changes.until(isComplete, WITHIN_MS);
    const faults = all.flatMap(({ name, fault }) => (fault === null ? [] : [`${name}: ${fault}`]));
    expect(faults, 'the followers of the bystander are open').toEqual([]);
    for (const { state } of [onSocket.events, onStream.events])
      expect(state.received, `all ${state.name}, once and in order`).toEqual(events);
    for (const { state } of [onSocket.results, onStream.results])
      expect(state.received, `all ${state.name}, once and in order`).toEqual(results);
    const seqs = onSocket.progress.state.received;
    expect(seqs, 'the progress never goes back').toEqual(seqs.toSorted((a, b) => a - b));
    expect(isInTime, `every follower of the bystander is at the end within ${WITHIN_MS} ms`).toBe(true);
  }

  async function read(): Promise<Reads> {
    const { data, errors } = await ask(client, READS, WITHIN_MS);
    expect(errors, 'errors of the reads of the bystander').toBeUndefined();
    return data as unknown as Reads;
  }

  await expectFollowers();
  const first = await read();
  expect(first).toMatchObject({ viewer: { workspaceId }, jobs: { totalCount: 1 } });
  let rows = await digest();

  async function checkOnce(beside: readonly Hint[]): Promise<void> {
    expect(await digest(), 'rows of the bystander since its last check').toEqual(rows);
    await storeResult();
    await append(db, jobId, 1);
    const { last_seq: at } = await jobRow(db, jobId);
    await ring(db, [...beside, { about: 'job', id: jobId, at }]);
    await expectFollowers();
    const [edge] = first.jobs.edges;
    expect(await read(), 'reads of the bystander').toEqual({
      ...first,
      jobs: { ...first.jobs, edges: [{ node: { ...edge?.node, lastSeq: at } }] },
      analyses: {
        totalCount: results.length,
        edges: results
          .slice(-5)
          .reverse()
          .map((result) => ({ node: { ...result, verdict: 'BUY', score: 0.5 } })),
      },
    });
    rows = await digest();
  }

  let checks: Promise<void> = Promise.resolve();
  const bystander: Bystander = {
    workspaceId,
    check(beside = []) {
      checks = checks.then(() => checkOnce(beside));
      return checks;
    },
    async leave() {
      try {
        await bystander.check();
      } finally {
        for (const { close } of streams) close();
      }
    },
  };
  return bystander;
}

type Read<Item> = (message: never) => readonly Item[];

const readEvents = ({ gap, events }: { gap: boolean; events: readonly Event[] }): readonly Event[] => {
  if (gap) throw new Error('the log has a gap');
  return events;
};
const readProgress = ({ lastSeq }: { lastSeq: number }): readonly number[] => [lastSeq];
const readResults = ({ gap, analyses }: { gap: boolean; analyses: readonly Result[] }): readonly Result[] => {
  if (gap) throw new Error('the feed has a gap');
  return analyses.map(({ id, ticker }) => ({ id, ticker }));
};

interface Reads {
  readonly viewer: object;
  readonly watchlists: readonly object[];
  readonly jobs: { readonly totalCount: number; readonly edges: readonly { readonly node: object }[] };
  readonly analyses: { readonly totalCount: number; readonly edges: readonly object[] };
}

/** Wakes who waits for a condition whenever something has happened. */
function createChanges() {
  let wake = Promise.withResolvers<void>();
  return {
    announce() {
      wake.resolve();
      wake = Promise.withResolvers<void>();
    },
    /** False: the condition did not hold within the time. */
    async until(isSo: () => boolean, withinMs: number): Promise<boolean> {
      const late = Promise.withResolvers<'LATE'>();
      const timer = setTimeout(() => late.resolve('LATE'), withinMs);
      try {
        while (!isSo()) if ((await Promise.race([wake.promise, late.promise])) === 'LATE') return isSo();
        return true;
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

/**
 * Keeps a bystander beside all tests of a file and checks it after each. Call it after the hooks that start and stop the API, since the hooks
 * that were registered last run first at the end. `each`: the API is started for every test, and so is the bystander. Otherwise it is checked after
 * each of the first ten tests, after every tenth of the others, and at the end: a check takes 30 ms, and files have up to a hundred tests.
 */
export function keepBystander(
  where: () => Surroundings,
  { each = false }: { readonly each?: boolean } = {},
): { readonly now: () => Bystander } {
  let bystander: Bystander | null = null;
  const now = () => {
    if (bystander === null) throw new Error('The bystander is not open.');
    return bystander;
  };
  const open = async () => {
    bystander = await openBystander(where());
  };
  let tests = 0;
  if (each) {
    beforeEach(open);
    afterEach(() => expectUnchanged(now().leave()));
  } else {
    beforeAll(open);
    afterEach(async () => {
      tests += 1;
      if (tests <= 10 || tests % 10 === 0) await expectUnchanged(now().check());
    });
    afterAll(async () => {
      const fault = await faultOf(now().leave());
      // Fails the run. There is no test that could fail.
      if (fault !== null) void Promise.reject(new Error(`After the last test ${fault}`));
    });
  }
  return { now };
}

/** Fails the test and lets its other hooks run: after one that throws vitest runs none, and the API and its processes would stay. */
export async function expectUnchanged(check: Promise<void>): Promise<void> {
  expect.soft(await faultOf(check)).toBeNull();
}

async function faultOf(check: Promise<void>): Promise<string | null> {
  try {
    await check;
    return null;
  } catch (error) {
    const { message, expected, actual } = error as Error & { expected?: unknown; actual?: unknown };
    const values = expected === undefined ? '' : ` ${inspect({ expected, actual }, { depth: 8 })}`;
    return `the bystander has changed: ${message}${values}`;
  }
}
