import { setTimeout as delay } from 'node:timers/promises';
import { randomOf } from '../support/series.ts';
import type { Submit } from './history.ts';
import { type Acknowledged, CANCEL, RETRY, SUBMIT, toUuid } from './load.ts';
import { MutationError, type Sender } from './send.ts';

export interface WatchlistLoad {
  /** Submits by watchlist, and their retries, that were acknowledged so far. */
  readonly submits: readonly Submit[];
  /** How many mutations had a response of their type. */
  readonly mutations: () => number;
  /** Many clients at once change and submit the same lists. Resolves when all of them have their responses. */
  contend(lengthMs: number): Promise<void>;
  /** Sends nothing new; resolves when everything sent has a response. */
  stop(): Promise<void>;
}

const LISTS = 3;
/** The tickers of most jobs of the other load, too: flushes change the status of these lists. */
const tickers = Array.from({ length: 8 }, (_, i) => `D${i}`);
const expected = Object.fromEntries(tickers.map((ticker) => [ticker, 'COMPLETED'] as const));
const PAUSE_MS = 500;
const CLIENTS = 8;
const CONTENDING_PAUSE_MS = 50;
const LATEST = 10;

const mutation = (name: string, selection = '') => {
  const input = `${name[0]?.toUpperCase()}${name.slice(1)}Input`;
  return `mutation($input: ${input}!) { result: ${name}(input: $input) { __typename ...on UserError { code } ${selection} } }`;
};
const ON_LIST = '...on WatchlistPayload { watchlist { id } }';
const CREATE = mutation('createWatchlist', ON_LIST);
const DELETE = mutation('deleteWatchlist', ON_LIST);
const RENAME = mutation('updateWatchlist');
const ADD = mutation('addToWatchlist');
const REMOVE = mutation('removeFromWatchlist');
const NOTE = mutation('updateWatchlistItem');
const ANALYZE = mutation('analyzeWatchlist', '...on SubmitJobPayload { job { id } }');

/**
 * Submits, edits and deletions of a few lists, and cancels and retries of their jobs: everything that takes locks on the same rows. One client
 * at a time, and many during `contend`. What is deleted is merged into the default list.
 */
export function startWatchlistLoad(options: {
  readonly seed: number;
  readonly sender: Sender;
}): WatchlistLoad {
  const random = randomOf(options.seed ^ 0x11575);
  const submits: Acknowledged[] = [];
  const lists: string[] = [];
  const stopping = new AbortController();
  let mutations = 0;
  let keys = 0;

  async function send(query: string, input: Readonly<Record<string, unknown>>) {
    const payload = await options.sender.send(query, input);
    mutations += 1;
    return payload;
  }
  const nextKey = () => {
    keys += 1;
    return `list ${keys}`;
  };
  const oneOf = <Value>(values: readonly Value[]): Value | undefined =>
    values[Math.floor(random() * values.length)];
  const someTickers = () => tickers.filter(() => random() < 0.3);

  async function create(): Promise<void> {
    const key = nextKey();
    const { watchlist } = await send(CREATE, { name: key, tickers: someTickers(), idempotencyKey: key });
    if (watchlist !== undefined) lists.push(watchlist.id);
  }

  /** The response names the default list, which is then used like the others. */
  async function remove(id: string): Promise<void> {
    lists.splice(lists.indexOf(id), 1);
    const { watchlist } = await send(DELETE, { id, idempotencyKey: nextKey() });
    if (watchlist !== undefined && !lists.includes(watchlist.id)) lists.push(watchlist.id);
  }

  async function submit(query: string, input: Readonly<Record<string, unknown>>): Promise<void> {
    const key = nextKey();
    const { job } = await send(query, { ...input, idempotencyKey: key });
    if (job !== undefined)
      submits.push({ key, jobIds: [toUuid(job.id)], tickers: 'LIST', expected, cancel: 'NONE' });
  }

  async function cancel(entry: Acknowledged, id: string): Promise<void> {
    if (entry.cancel === 'NONE') entry.cancel = 'TRIED';
    const { __typename } = await send(CANCEL, { id });
    if (__typename === 'CancelJobPayload') entry.cancel = 'ACKNOWLEDGED';
  }

  async function retry(entry: Acknowledged, id: string): Promise<void> {
    const key = nextKey();
    const { job } = await send(RETRY, { id, idempotencyKey: key });
    if (job === undefined) return;
    const source = { retryOf: entry.jobIds[0] ?? '' };
    submits.push({ key, jobIds: [toUuid(job.id)], tickers: source, expected, cancel: 'NONE' });
  }

  function act(): Promise<void> | undefined {
    const list = lists.length < LISTS ? undefined : oneOf(lists);
    if (list === undefined) return create();
    const entry = oneOf(submits.slice(-LATEST));
    const job = Buffer.from(`Job:${entry?.jobIds[0]}`).toString('base64');
    const wish = random();
    if (wish < 0.3) return submit(ANALYZE, { id: list, source: 'DEMO', force: random() < 0.5 });
    if (wish < 0.4) return submit(SUBMIT, { watchlistId: list, source: 'DEMO' });
    if (wish < 0.45) return remove(list);
    if (wish < 0.5) return edit(RENAME, { id: list, name: nextKey() });
    if (wish < 0.65) return edit(ADD, { id: list, tickers: [oneOf(tickers), oneOf(tickers)] });
    if (wish < 0.75) return edit(REMOVE, { id: list, tickers: [oneOf(tickers)] });
    if (wish < 0.8) return edit(NOTE, { id: list, ticker: oneOf(tickers), note: 'seen' });
    if (entry === undefined) return undefined;
    return wish < 0.9 ? cancel(entry, job) : retry(entry, job);
  }

  async function edit(query: string, input: Readonly<Record<string, unknown>>): Promise<void> {
    await send(query, { ...input, idempotencyKey: nextKey() });
  }

  async function actUntil(isOver: () => boolean, pauseMs: number): Promise<void> {
    while (!isOver()) {
      try {
        await act();
      } catch (error) {
        // The sender has noted it, and the checker reports it.
        if (!(error instanceof MutationError)) throw error;
      }
      await delay(2 * pauseMs * random());
    }
  }

  const acting = actUntil(() => stopping.signal.aborted, PAUSE_MS);
  acting.catch(() => undefined);
  return {
    submits,
    mutations: () => mutations,
    async contend(lengthMs) {
      const until = performance.now() + lengthMs;
      const isOver = () => performance.now() > until;
      await Promise.all(Array.from({ length: CLIENTS }, () => actUntil(isOver, CONTENDING_PAUSE_MS)));
    },
    stop() {
      stopping.abort();
      return acting;
    },
  };
}
