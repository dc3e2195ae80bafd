import type pg from 'pg';
import { expect, test } from 'vitest';
import { whileWanted } from '../../../src/db/abandon.ts';
import { createLender } from '../../../src/db/lend.ts';
import { createQuotas } from '../../../src/db/quotas.ts';
import { ROLES } from '../../../src/db/roles.ts';

/** A pool whose connections are lent at once. */
function createWorld() {
  let lent = 0;
  const pool = {
    options: { connectionTimeoutMillis: 10_000 },
    async connect() {
      lent += 1;
      return { query: async () => ({ rows: [] }), release: () => undefined };
    },
  } as unknown as pg.Pool;
  const quotas = createQuotas(1, 10_000);
  const lender = createLender(pool, { role: ROLES.api, workspaceId: 'w' }, quotas);
  return { lender, quotas, lent: () => lent };
}

test('a borrower whose client has gone while it waited gets no connection, and the next one does', async () => {
  const { lender, quotas, lent } = createWorld();
  const first = await lender.connect();
  const gone = new AbortController();
  const crowd = Array.from({ length: 80 }, () => whileWanted(gone.signal, () => lender.connect()));
  const next = whileWanted(new AbortController().signal, () => lender.connect());
  expect(quotas.awaited()).toBe(81);
  const reason = new Error('the client has gone');
  gone.abort(reason);
  first.release();
  for (const one of await Promise.allSettled(crowd)) expect(one).toEqual({ status: 'rejected', reason });
  await next;
  expect(lent()).toBe(2);
  expect(quotas.awaited()).toBe(0);
});

test('work that belongs to no client is not abandoned', async () => {
  const { lender, lent } = createWorld();
  const client = await lender.connect();
  const later = lender.connect();
  client.release();
  await later;
  expect(lent()).toBe(2);
});
