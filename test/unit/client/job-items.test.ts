import { expect, test } from 'vitest';
import type { JobEvent } from '../../../packages/client/src/follow-job.ts';
import { applyEvent, type JobItem } from '../../../packages/client/src/job-items.ts';

const event = (given: Partial<JobEvent>) =>
  ({ seq: 1, at: '', tickers: [], progress: 0, attempt: 1, ...given }) as JobEvent;

function after(...events: Partial<JobEvent>[]): string[] {
  const items = new Map<string, JobItem>();
  for (const one of events) applyEvent(items, event(one));
  return [...items.values()].map(({ ticker, state, phase, attempt, verdict, error }) =>
    [ticker, state, phase, attempt, verdict ?? error?.code].join(' ').trim(),
  );
}

const started = { type: 'ITEMS_STARTED', tickers: ['A', 'B'] } as const;
const failure = { code: 'NO_DATA', message: 'none' } as JobEvent['error'];

test.each([
  [[started], ['A PROCESSING 0 1', 'B PROCESSING 0 1']],
  [
    [started, { type: 'ITEM_PROGRESSED', ticker: 'B', phase: 50 }],
    ['A PROCESSING 0 1', 'B PROCESSING 50 1'],
  ],
  [
    [started, { type: 'ITEM_COMPLETED', ticker: 'A', verdict: 'BUY', score: 1 }],
    ['A COMPLETED 100 1 BUY', 'B PROCESSING 0 1'],
  ],
  [
    [started, { type: 'ITEM_FAILED', ticker: 'A', error: failure }],
    ['A FAILED 0 1 NO_DATA', 'B PROCESSING 0 1'],
  ],
  [
    [
      started,
      { type: 'ITEM_RETRYING', ticker: 'A', error: failure },
      { ...started, tickers: ['A'], attempt: 2 },
    ],
    ['A PROCESSING 0 2', 'B PROCESSING 0 1'],
  ],
  [
    [started, { type: 'ITEM_RETURNED', ticker: 'A' }],
    ['A QUEUED 0 1', 'B PROCESSING 0 1'],
  ],
  [
    [started, { type: 'ITEM_COMPLETED', ticker: 'A', verdict: 'HOLD' }, { type: 'JOB_CANCELLED' }],
    ['A COMPLETED 100 1 HOLD', 'B CANCELLED 0 1'],
  ],
  [[{ type: 'JOB_QUEUED' }, { type: 'JOB_STARTED' }], []],
] as [Partial<JobEvent>[], string[]][])('events %j come to %j', (events, expected) => {
  expect(after(...events)).toEqual(expected);
});
