import { setTimeout as delay } from 'node:timers/promises';
import { authorized } from '../support/key.ts';
import { randomOf } from '../support/series.ts';
import type { Submit } from './history.ts';

export interface Load {
  /** What was acknowledged so far. */
  readonly submits: readonly Submit[];
  /** Requests that failed or timed out and were sent again. */
  readonly repeats: () => number;
  /** Answers that were refusals for the moment (`UNAVAILABLE`). */
  readonly refusals: () => number;
  /** Sends nothing new; resolves when everything sent is acknowledged. */
  stop(): Promise<void>;
}

interface Acknowledged extends Submit {
  readonly jobIds: string[];
  cancel: Submit['cancel'];
}

const REQUEST_LIMIT_MS = 10_000;
const PAUSE_MS = 300;
const MAX_UNDER_WAY = 40;

const SUBMIT = `mutation($input: SubmitAnalysisInput!) { result: submitAnalysis(input: $input) { __typename ...on SubmitJobPayload { job { id } } ...on UserError { code } } }`;
const CANCEL = `mutation($input: CancelJobInput!) { result: cancelJob(input: $input) { __typename ...on UserError { code } } }`;
const RETRY = `mutation($input: RetryJobInput!) { result: retryJob(input: $input) { __typename ...on SubmitJobPayload { job { id } } ...on UserError { code } } }`;

/** A stream of submits, cancels and retries. Each request is repeated under its key, at any node, until it is acknowledged. */
export function startLoad(options: {
  readonly seed: number;
  readonly urls: readonly string[];
  readonly onAcknowledged: (jobId: string) => void;
}): Load {
  const { seed, urls, onAcknowledged } = options;
  // Another stream of numbers than the plan's.
  const random = randomOf(seed ^ 0x10ad);
  const submits: Acknowledged[] = [];
  const underWay = new Set<Promise<unknown>>();
  let repeats = 0;
  let refusals = 0;
  let stopped = false;

  /** Sends until an answer that is no passing refusal comes back. */
  async function send(
    query: string,
    input: Record<string, unknown>,
  ): Promise<{ __typename: string; job?: { id: string } }> {
    for (let round = 0; ; round += 1) {
      const url = urls[Math.floor(Math.random() * urls.length)] ?? '';
      const answer = await post(url, query, { input }).catch(() => null);
      const [error] = answer?.errors ?? [];
      if (answer?.data?.result != null) return answer.data.result;
      if (error !== undefined && error.extensions?.code !== 'UNAVAILABLE')
        throw new Error(`${query} ${JSON.stringify(input)}: ${JSON.stringify(error)}`);
      if (error === undefined) repeats += 1;
      else refusals += 1;
      await delay(Math.random() * Math.min(1_000, 50 * 2 ** round));
    }
  }

  async function submit(key: string): Promise<Acknowledged> {
    const demo = random() < 0.85;
    const size = random() < 0.08 ? 20 + Math.floor(random() * 40) : 1 + Math.floor(random() * 5);
    const tickers = Array.from({ length: size }, (_, i) => `${demo ? 'D' : 'U'}${i}`);
    const expected = Object.fromEntries(
      tickers.map((ticker) => [ticker, demo ? 'COMPLETED' : 'FAILED'] as const),
    );
    const input = {
      tickers,
      idempotencyKey: key,
      source: demo ? 'DEMO' : 'SAMPLE',
      priority: Math.floor(random() * 10),
      runAt: random() < 0.1 ? new Date(Date.now() + 3_000 * random()).toISOString() : null,
    };
    const entry: Acknowledged = { key, jobIds: [], expected, cancel: 'NONE' };
    // Now and then the same request twice at once: both answers must name one job.
    const answers = await Promise.all(
      Array.from({ length: random() < 0.1 ? 2 : 1 }, () => send(SUBMIT, input)),
    );
    for (const answer of answers) entry.jobIds.push(toUuid(answer.job?.id ?? ''));
    submits.push(entry);
    onAcknowledged(entry.jobIds[0] ?? '');
    return entry;
  }

  async function cancel(entry: Acknowledged): Promise<void> {
    await delay(Math.random() * 1_000);
    entry.cancel = 'TRIED';
    const { __typename } = await send(CANCEL, { id: toGlobal(entry.jobIds[0] ?? '') });
    if (__typename === 'CancelJobPayload') entry.cancel = 'ACKNOWLEDGED';
  }

  /** What failed or was cancelled runs again as a new job; nothing to retry, or not ended yet, is a refusal and no job. */
  async function retry(entry: Acknowledged): Promise<void> {
    const key = `${entry.key} retry`;
    const answer = await send(RETRY, { id: toGlobal(entry.jobIds[0] ?? ''), idempotencyKey: key });
    if (answer.job === undefined) return;
    const jobId = toUuid(answer.job.id);
    const failing = Object.values(entry.expected).includes('FAILED');
    if (failing) submits.push({ key, jobIds: [jobId], expected: entry.expected, cancel: 'NONE' });
    onAcknowledged(jobId);
  }

  async function act(index: number): Promise<void> {
    const wish = random();
    const entry = await submit(`k${index}`);
    if (wish < 0.1) await cancel(entry);
    else if (wish < 0.25 && Object.values(entry.expected).includes('FAILED')) {
      await delay(1_000);
      await retry(entry);
    }
  }

  async function stream(): Promise<void> {
    for (let index = 0; !stopped; index += 1) {
      const work: Promise<void> = act(index).finally(() => underWay.delete(work));
      underWay.add(work);
      await delay(2 * PAUSE_MS * Math.random());
      while (underWay.size >= MAX_UNDER_WAY && !stopped) await Promise.race(underWay);
    }
    await Promise.all(underWay);
  }

  const streaming = stream();
  streaming.catch(() => undefined);
  return {
    submits,
    repeats: () => repeats,
    refusals: () => refusals,
    stop() {
      stopped = true;
      return streaming;
    },
  };
}

interface Answer {
  readonly data?: { readonly result: { __typename: string; job?: { id: string } } | null } | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

async function post(url: string, query: string, variables: object): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', ...authorized },
    body: JSON.stringify({ query, variables }),
    signal: AbortSignal.timeout(REQUEST_LIMIT_MS),
  });
  return (await response.json()) as Answer;
}

export function toGlobal(uuid: string): string {
  return Buffer.from(`Job:${uuid}`).toString('base64');
}

function toUuid(globalId: string): string {
  return Buffer.from(globalId, 'base64').toString().replace('Job:', '');
}
