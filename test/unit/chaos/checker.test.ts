import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkHistory } from '../../chaos/checker.ts';
import type { History, ItemWrite, Sample } from '../../chaos/history.ts';

const J = 'job-1';

function write(id: number, changes: Partial<ItemWrite>): ItemWrite {
  return {
    id,
    txid: id,
    process: 'w0.1',
    job_id: J,
    ticker: 'A',
    old_state: 'PROCESSING',
    new_state: 'PROCESSING',
    old_fence: 1,
    new_fence: 1,
    old_worker: 'W0',
    new_worker: 'W0',
    ...changes,
  };
}

const claim = (id: number, changes: Partial<ItemWrite> = {}) =>
  write(id, { old_state: 'QUEUED', old_fence: null, old_worker: null, ...changes });

/** Two tickers: A is claimed by w0, rescued by w1 and completed there; B is unknown and fails. */
function history(changes: Partial<History> = {}): History {
  return {
    submits: [
      {
        key: 'k1',
        jobIds: [J, J],
        tickers: 'GIVEN',
        expected: { A: 'COMPLETED', B: 'FAILED' },
        cancel: 'NONE',
      },
    ],
    followers: [{ name: 'f1', jobId: J, seqs: [1, 2, 3, 4, 5, 6, 7], end: 'COMPLETE' }],
    selfExits: [],
    samples: [],
    failedMutations: [],
    secondServers: [],
    deadlocks: { reports: [], counted: 0 },
    jobs: [
      {
        id: J,
        state: 'COMPLETED',
        key: 'k1',
        total: 2,
        queued: 0,
        processing: 0,
        succeeded: 1,
        failed: 1,
        cancelled: 0,
        last_seq: 7,
      },
    ],
    items: [
      { job_id: J, ticker: 'A', state: 'COMPLETED', error_code: null },
      { job_id: J, ticker: 'B', state: 'FAILED', error_code: 'UNKNOWN_SYMBOL' },
    ],
    results: [{ job_id: J, ticker: 'A' }],
    events: [
      ['JOB_QUEUED', null],
      ['JOB_STARTED', null],
      ['ITEMS_STARTED', null],
      ['ITEM_RETURNED', 'A'],
      ['ITEM_FAILED', 'B'],
      ['ITEM_COMPLETED', 'A'],
      ['JOB_COMPLETED', null],
    ].map(([type, ticker], i) => ({
      job_id: J,
      seq: i + 1,
      type: type as string,
      ticker: ticker as string | null,
    })),
    workerWrites: [
      { id: 1, txid: 1, process: 'w0.1', worker_id: 'W0', new_state: 'ALIVE' },
      { id: 2, txid: 2, process: 'w1.1', worker_id: 'W1', new_state: 'ALIVE' },
      { id: 12, txid: 12, process: 'w1.1', worker_id: 'W0', new_state: 'LOST' },
    ],
    itemWrites: [
      claim(10),
      claim(11, { ticker: 'B', new_fence: 2, process: 'w1.1', new_worker: 'W1' }),
      write(13, { process: 'w1.1', new_state: 'QUEUED', new_worker: null }),
      write(14, {
        ticker: 'B',
        old_fence: 2,
        new_fence: 2,
        process: 'w1.1',
        new_state: 'FAILED',
        old_worker: 'W1',
        new_worker: 'W1',
      }),
      claim(15, { old_fence: 1, new_fence: 3, process: 'w1.1', new_worker: 'W1' }),
      write(16, {
        old_fence: 3,
        new_fence: 3,
        process: 'w1.1',
        new_state: 'COMPLETED',
        old_worker: 'W1',
        new_worker: 'W1',
      }),
    ],
    resultWrites: [{ id: 17, txid: 16, process: 'w1.1', job_id: J, ticker: 'A' }],
    ...changes,
  };
}

const rules = (changes: Partial<History>) => checkHistory(history(changes)).map(({ rule }) => rule);
const [job] = history().jobs as [History['jobs'][number]];
const [submit] = history().submits as [History['submits'][number]];
const base = history();

test('a right history passes', () => {
  expect(checkHistory(history())).toEqual([]);
});

test('every rule has a forged history that breaks it', () => {
  const read = (file: string) => readFileSync(resolve(import.meta.dirname, file), 'utf8');
  const code = ['checker', 'write-checker', 'sample-checker', 'database-checker'].map((name) =>
    read(`../../chaos/${name}.ts`),
  );
  const rules = [...code.join().matchAll(/(?:rule: |blame\(\s*)'([^']+)'/g)].map(([, rule = '']) => rule);
  expect(new Set(rules).size).toBeGreaterThan(20);
  const forged = read('checker.test.ts');
  expect(rules.filter((rule) => !forged.includes(`'${rule}'`))).toEqual([]);
});

describe('found is', () => {
  const forged: [string, Partial<History>][] = [
    ['a process ended by itself', { selfExits: [{ process: 'w0.1', code: 1, lastWords: '' }] }],
    ['an acknowledged submit is gone', { submits: [submit, { ...submit, key: 'k2', jobIds: ['gone'] }] }],
    ['a key was answered with several jobs', { submits: [{ ...submit, jobIds: [J, 'job-2'] }] }],
    ['one key, several jobs', { jobs: [job, { ...job, id: 'job-2' }] }],
    ['an acknowledged submit did not end', { jobs: [{ ...job, state: 'PROCESSING' }] }],
    ['a cancel was acknowledged and lost', { submits: [{ ...submit, cancel: 'ACKNOWLEDGED' }] }],
    ['a job was cancelled that nobody cancelled', { jobs: [{ ...job, state: 'CANCELLED' }] }],
    ['the items are not the tickers that were asked for', { items: base.items.slice(1) }],
    [
      'an item came to the wrong end',
      { submits: [{ ...submit, expected: { A: 'COMPLETED', B: 'COMPLETED' } }] },
    ],
    ['counters differ from items', { jobs: [{ ...job, succeeded: 2, failed: 0 }] }],
    ['the state does not follow from the items', { jobs: [{ ...job, state: 'FAILED' }] }],
    ['results differ from items', { results: [...base.results, ...base.results] }],
    ['results differ from items', { results: [] }],
    ['results differ from items', { results: [...base.results, { job_id: J, ticker: 'B' }] }],
    ['a log has gaps or doubles', { events: base.events.filter(({ seq }) => seq !== 3) }],
    ['a log has gaps or doubles', { events: [...base.events.slice(0, 3), ...base.events.slice(2)] }],
    ['a log does not end as its job did', { events: base.events.slice(0, -1) }],
    [
      'a log does not end as its job did',
      { events: [...base.events, { job_id: J, seq: 8, type: 'ITEM_PROGRESSED', ticker: 'A' }] },
    ],
    [
      'a log tells other ends than the items have',
      {
        events: base.events.map((event) => (event.seq === 4 ? { ...event, type: 'ITEM_COMPLETED' } : event)),
      },
    ],
    [
      'a subscriber did not come to the end',
      { followers: [{ name: 'f', jobId: J, seqs: [1, 2], end: null }] },
    ],
    [
      'a subscriber missed, doubled or reordered events',
      { followers: [{ name: 'f', jobId: J, seqs: [1, 2, 3, 5, 6, 7], end: 'COMPLETE' }] },
    ],
    [
      'a subscriber missed, doubled or reordered events',
      { followers: [{ name: 'f', jobId: J, seqs: [1, 2, 2, 3, 4, 5, 6, 7], end: 'COMPLETE' }] },
    ],
    [
      'a subscriber missed, doubled or reordered events',
      { followers: [{ name: 'f', jobId: J, seqs: [1, 3, 2, 4, 5, 6, 7], end: 'COMPLETE' }] },
    ],
    [
      'a subscriber missed, doubled or reordered events',
      { followers: [{ name: 'f', jobId: J, seqs: [1, 2, 3], end: 'COMPLETE' }] },
    ],
  ];
  test.each(forged)('%s (%#)', (rule, changes) => {
    expect(rules(changes)).toContain(rule);
  });
});

describe('of a list and of a retry, the tickers', () => {
  const retried = { ...submit, tickers: { retryOf: J }, expected: { A: 'COMPLETED', B: 'FAILED' } } as const;
  const RETRY = { ...job, id: 'job-2', key: 'k2', total: 1, succeeded: 0, state: 'FAILED', last_seq: 0 };
  const history2 = (tickers: readonly string[]): Partial<History> => ({
    submits: [submit, { ...retried, key: 'k2', jobIds: ['job-2'] }],
    jobs: [job, RETRY],
    items: [
      ...base.items,
      ...tickers.map((ticker) => ({ job_id: 'job-2', ticker, state: 'FAILED', error_code: null })),
    ],
  });
  const WRONG = 'the items are not the tickers that were asked for';

  test('of a retry are those that failed or were cancelled, no more and no fewer', () => {
    expect(rules(history2(['B']))).not.toContain(WRONG);
    expect(rules(history2(['A', 'B']))).toContain(WRONG);
    expect(rules(history2([]))).toContain(WRONG);
  });

  test('of a list are some of those that it had, at least one', () => {
    const ofList = { ...submit, tickers: 'LIST', expected: { ...submit.expected, C: 'COMPLETED' } } as const;
    expect(rules({ submits: [ofList] })).toEqual([]);
    expect(rules({ submits: [{ ...ofList, expected: { A: 'COMPLETED' } }] })).toContain(WRONG);
    expect(rules({ submits: [ofList], items: [] })).toContain(WRONG);
  });
});

describe('of the database, found is', () => {
  const failed = { mutation: 'm', code: 'UNAVAILABLE', message: '', steadyMs: 3_000 };
  const REJECTED = 'The data directory /d is in use by process 7 on h (another container or machine) since t';
  const second = { exit: 1, output: REJECTED, firstResponds: true } as const;
  const again = { id: 20, txid: 20, process: 'w1.1', worker_id: 'W2', new_state: 'ALIVE' };
  const ended = (id: number, txid: number) => ({
    ...again,
    id,
    txid,
    worker_id: 'W1',
    new_state: 'STOPPED',
  });
  const forged: [string, Partial<History>][] = [
    ['a deadlock is in the log of the server', { deadlocks: { reports: ['Process 1 waits'], counted: 0 } }],
    ['the server counted deadlocks', { deadlocks: { reports: [], counted: 1 } }],
    [
      'a mutation failed with an error of no type',
      { failedMutations: [{ ...failed, code: 'INTERNAL', steadyMs: 0 }] },
    ],
    ['a mutation was UNAVAILABLE while the database was there', { failedMutations: [failed] }],
    ['a second server was not rejected', { secondServers: [{ ...second, exit: 'started' }] }],
    ['a second server was not rejected', { secondServers: [{ ...second, exit: 'hangs' }] }],
    ['a second server was not rejected', { secondServers: [{ ...second, output: 'TypeError: x' }] }],
    [
      'the first server did not go on beside a second one',
      { secondServers: [{ ...second, firstResponds: false }] },
    ],
    ['a process had two living workers', { workerWrites: [...base.workerWrites, again] }],
    ['a process had two living workers', { workerWrites: [...base.workerWrites, again, ended(21, 21)] }],
  ];
  test.each(forged)('%s (%#)', (rule, changes) => {
    expect(rules(changes)).toEqual([rule]);
  });

  test('nothing when a refusal follows a fault, a second server is rejected, and a worker ends the earlier one', () => {
    expect(rules({ failedMutations: [{ ...failed, steadyMs: 2_900 }] })).toEqual([]);
    expect(rules({ secondServers: [second] })).toEqual([]);
    const holds = 'A PostgreSQL server of another container still runs on /d';
    expect(rules({ secondServers: [{ ...second, output: holds }] })).toEqual([]);
    expect(rules({ workerWrites: [...base.workerWrites, ended(19, 19), again] })).toEqual([]);
    // Within one statement the order of the notes says nothing.
    expect(rules({ workerWrites: [...base.workerWrites, again, ended(21, 20)] })).toEqual([]);
  });
});

describe('of the writes, found is', () => {
  const amid = (...writes: ItemWrite[]) => ({
    itemWrites: [...base.itemWrites.slice(0, 5), ...writes, ...base.itemWrites.slice(5)],
  });
  const held = { old_fence: 3, new_fence: 3, old_worker: 'W1', new_worker: 'W1' };
  const forged: [string, Partial<History>][] = [
    ['a fenced process wrote', amid(write(15.5, held))],
    [
      'a fenced process wrote',
      amid(write(15.5, { ...held, process: 'w2.1', new_state: 'QUEUED', new_worker: null })),
    ],
    [
      'a fenced process wrote',
      amid(write(15.5, { ...held, process: 'w0.1', new_state: 'CANCELLED', new_worker: null })),
    ],
    [
      'an ended item was written',
      { itemWrites: [...base.itemWrites, write(20, { ...held, old_state: 'COMPLETED' })] },
    ],
    [
      'an item ran without a claim',
      {
        itemWrites: [
          claim(9, { new_state: 'COMPLETED', new_fence: null, new_worker: null }),
          ...base.itemWrites,
        ],
      },
    ],
    ['a claim took what was not free', amid(write(15.5, { ...held, new_fence: 4 }))],
    [
      'a claim took what was not free',
      amid(claim(15.5, { old_fence: 1, new_fence: 2, process: 'w1.1', new_worker: 'W1' })),
    ],
    [
      'a claim for another process',
      { itemWrites: [claim(10, { process: 'w2.1' }), ...base.itemWrites.slice(1)] },
    ],
    [
      'a result without the end of its item',
      { resultWrites: [...base.resultWrites, { id: 21, txid: 21, process: 'w0.1', job_id: J, ticker: 'A' }] },
    ],
    [
      'a result without the end of its item',
      { resultWrites: [{ id: 17, txid: 16, process: 'w0.1', job_id: J, ticker: 'A' }] },
    ],
  ];
  test.each(forged)('%s (%#)', (rule, changes) => {
    expect(rules(changes)).toContain(rule);
  });

  test('nothing when the API cancels what runs', () => {
    const writes = [claim(10), write(11, { process: 'a0.1', new_state: 'CANCELLED', new_worker: null })];
    expect(rules({ itemWrites: writes, resultWrites: [] })).toEqual([]);
  });

  test('a rescue before the worker was declared gone', () => {
    const early = base.workerWrites.map((note) => (note.new_state === 'LOST' ? { ...note, id: 14 } : note));
    expect(rules({ workerWrites: early })).toEqual(['a fenced process wrote']);
  });

  test('POISON without three crashes', () => {
    const items = [{ job_id: J, ticker: 'A', state: 'FAILED', error_code: 'POISON' }, ...base.items.slice(1)];
    expect(rules({ items })).toContain('an item came to the wrong end');
  });
});

describe('of the samples, found is', () => {
  const every = (count: number, sample: Partial<Sample>, calm = 4_000): Sample[] =>
    Array.from({ length: count }, (_, i) => ({
      atMs: i * 200,
      calmMs: calm + i * 200,
      claimable: [],
      idle: [],
      orphans: [],
      ...sample,
    }));
  const waiting = { claimable: [`${J} A`], idle: ['W1'] };

  test('an item that waits for more than 2 s while one worker idles', () => {
    expect(rules({ samples: every(12, waiting) })).toEqual(['an item waited while a worker idled']);
    expect(rules({ samples: every(11, waiting) })).toEqual([]);
  });

  test('nothing while a fault is young, no worker is free, or the samples are apart', () => {
    expect(rules({ samples: every(12, waiting, 0) })).toEqual([]);
    expect(rules({ samples: every(12, { ...waiting, idle: [] }) })).toEqual([]);
    expect(
      rules({ samples: every(12, waiting).map((sample, i) => ({ ...sample, atMs: i * 1_100 })) }),
    ).toEqual([]);
    expect(
      rules({ samples: every(12, waiting).map((sample, i) => ({ ...sample, idle: [`W${i % 2}`] })) }),
    ).toEqual([]);
  });

  test('an item that stays with a worker that is gone', () => {
    expect(rules({ samples: every(1, { orphans: [{ item: `${J} A 1`, forMs: 1_600 }] }) })).toEqual([
      'an item stayed with a worker that is gone',
    ]);
    expect(rules({ samples: every(1, { orphans: [{ item: `${J} A 1`, forMs: 1_400 }] }) })).toEqual([]);
    expect(rules({ samples: every(1, { orphans: [{ item: `${J} A 1`, forMs: 1_600 }] }, 1_000) })).toEqual(
      [],
    );
  });
});
