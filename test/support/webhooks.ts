import { afterAll, afterEach, beforeAll, beforeEach, onTestFinished } from 'vitest';
import { sql } from '../../src/db/drizzle.ts';
import { createWebhookLogs } from '../../src/main/webhook-logs.ts';
import type { Resolve } from '../../src/net/resolve-name.ts';
import { deliverWebhooks } from '../../src/webhooks/deliver-webhooks.ts';
import { createSender } from '../../src/webhooks/send-message.ts';
import { startApi, type TestApi } from './api.ts';
import { keepBystander } from './bystander.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { eventually } from './eventually.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { silent } from './silent.ts';

export let database: TestDatabase;
export let api: TestApi;
export let receiver: Receiver;

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startApi(database.url, { WEBHOOK_LOOPBACK: 'on' });
});
afterAll(async () => {
  await api.close();
  await database.close();
});
keepBystander(() => ({ url: api.url, db: database.db }));
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(async () => {
  await database.db.execute(sql`delete from webhooks`);
  await receiver.close();
});

const policy = { ports: [443, 8443], loopback: true };

/** Deliverers as worker processes have them; more than one compete. Returns what stops them; the end of the test does it, too. */
export function deliver(
  count = 1,
  options: { resolve?: Resolve; disableAfterDays?: number; deadlineMs?: number } = {},
): () => Promise<void> {
  const deliverers = Array.from({ length: count }, () =>
    deliverWebhooks({
      db: database.db,
      log: silent,
      logs: createWebhookLogs(database.db),
      send: createSender({ policy, now: () => new Date(), deadlineMs: 400, ...options }),
      leaseMs: (options.deadlineMs ?? 400) + 1_600,
      pollMs: 50,
      disableAfterDays: options.disableAfterDays ?? 5,
      retryMs: (_failures, retryAfterMs) => retryAfterMs ?? 10,
    }),
  );
  const stop = async () => {
    await Promise.all(deliverers.map((deliverer) => deliverer.stop(AbortSignal.timeout(5_000))));
  };
  onTestFinished(stop);
  return stop;
}

export interface Created {
  readonly __typename: string;
  readonly code?: string;
  readonly secret: string;
  readonly webhook: { readonly id: string; readonly cursor: string };
}

const CREATE = `mutation($input: CreateWebhookInput!) { createWebhook(input: $input) { __typename
  ... on WebhookSecretPayload { secret webhook { id cursor } } ... on UserError { code message } } }`;

export async function create(input: object): Promise<Created> {
  return api.one(CREATE, { input: { url: receiver.url, event: 'ANALYSIS_STORED', ...input } });
}

interface Shown {
  readonly state: string;
  readonly disabledReason: string | null;
  readonly cursor: string;
  readonly failures: number;
  readonly deliveries: {
    readonly totalCount: number;
    readonly edges: readonly {
      readonly node: {
        readonly messageId: string;
        readonly state: string;
        readonly size: number;
        readonly attempts: number;
        readonly lastStatus: number | null;
        readonly lastError: { readonly code: string } | null;
      };
    }[];
  };
}

export async function show(
  id: string,
): Promise<Shown & { readonly last: Shown['deliveries']['edges'][0]['node'] }> {
  const shown = await api.one<Shown>(
    `query($id: ID!) { node(id: $id) { ... on Webhook { state disabledReason cursor failures
      deliveries(first: 50) { totalCount edges { node { messageId state size attempts lastStatus lastError { code } } } } } } }`,
    { id },
  );
  return { ...shown, last: shown.deliveries.edges[0]?.node as Shown['deliveries']['edges'][0]['node'] };
}

export const untilState = (id: string, state: string) =>
  eventually(async () => {
    const shown = await show(id);
    return shown.state === state && shown;
  });

export const tickersOf = () =>
  receiver.messages.flatMap(({ data }) => data.analyses ?? []).map(({ ticker }) => ticker);
