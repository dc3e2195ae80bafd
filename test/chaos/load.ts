import { setTimeout as delay } from 'node:timers/promises';
import { randomOf } from '../support/series.ts';
import { FILES_EACH } from './files.ts';
import type { Submit } from './history.ts';
import { MutationError, type Sender } from './send.ts';

export interface Load {
  /** What was acknowledged so far. */
  readonly submits: readonly Submit[];
  /** Sends nothing new; resolves when everything sent is acknowledged. */
  stop(): Promise<void>;
}

export interface Acknowledged extends Submit {
  readonly jobIds: string[];
  cancel: Submit['cancel'];
}

const PAUSE_MS = 300;
const MAX_UNDER_WAY = 40;

/** What jobs ask for: tickers with D and G end well, the others fail. The files with B are spoiled now and then. */
const sorts = [
  { source: 'DEMO', most: 60, tickerAt: (i: number) => `D${i}` },
  { source: 'SAMPLE', most: 60, tickerAt: (i: number) => `U${i}` },
  { source: 'CSV', most: 2 * FILES_EACH, tickerAt: (i: number) => `${'GB'[i % 2]}${i >> 1}` },
] as const;

export const SUBMIT = `mutation($input: SubmitAnalysisInput!) { result: submitAnalysis(input: $input) { __typename ...on SubmitJobPayload { job { id } } ...on UserError { code } } }`;
export const CANCEL = `mutation($input: CancelJobInput!) { result: cancelJob(input: $input) { __typename ...on UserError { code } } }`;
export const RETRY = `mutation($input: RetryJobInput!) { result: retryJob(input: $input) { __typename ...on SubmitJobPayload { job { id } } ...on UserError { code } } }`;

/** A stream of submits, cancels and retries. Each request is repeated under its key, at any node, until it is acknowledged. */
export function startLoad(options: {
  readonly seed: number;
  readonly sender: Sender;
  readonly onAcknowledged: (jobId: string) => void;
}): Load {
  const { seed, sender, onAcknowledged } = options;
  const { send } = sender;
  // Another stream of numbers than the plan's.
  const random = randomOf(seed ^ 0x10ad);
  const submits: Acknowledged[] = [];
  const underWay = new Set<Promise<unknown>>();
  let stopped = false;

  async function submit(key: string): Promise<Acknowledged> {
    const sort = sorts[random() < 0.75 ? 0 : random() < 0.4 ? 1 : 2];
    const size = random() < 0.08 ? 20 + Math.floor(random() * 40) : 1 + Math.floor(random() * 5);
    const tickers = Array.from({ length: Math.min(size, sort.most) }, (_, i) => sort.tickerAt(i));
    const expected = Object.fromEntries(
      tickers.map((ticker) => [ticker, /^[DG]/.test(ticker) ? 'COMPLETED' : 'FAILED'] as const),
    );
    const input = {
      tickers,
      idempotencyKey: key,
      source: sort.source,
      priority: Math.floor(random() * 10),
      runAt: random() < 0.1 ? new Date(Date.now() + 3_000 * random()).toISOString() : null,
    };
    const entry: Acknowledged = { key, jobIds: [], tickers: 'GIVEN', expected, cancel: 'NONE' };
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
    const tickers = { retryOf: entry.jobIds[0] ?? '' };
    submits.push({ key, jobIds: [jobId], tickers, expected: entry.expected, cancel: 'NONE' });
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
      const work: Promise<void> = act(index)
        .catch((error: unknown) => {
          // The sender has noted it, and the checker reports it.
          if (!(error instanceof MutationError)) throw error;
        })
        .finally(() => underWay.delete(work));
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
    stop() {
      stopped = true;
      return streaming;
    },
  };
}

export function toGlobal(uuid: string): string {
  return Buffer.from(`Job:${uuid}`).toString('base64');
}

export function toUuid(globalId: string): string {
  return Buffer.from(globalId, 'base64').toString().replace('Job:', '');
}
