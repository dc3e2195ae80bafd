import { afterAll, beforeAll, expect, test } from 'vitest';
import { createKey } from '../../src/access/issue-keys.ts';
import { DEFAULT_WORKSPACE_ID, type Scope } from '../../src/access.ts';
import { fullAccess } from '../support/access.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { keepBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { silent } from '../support/silent.ts';

const SCOPE_OF = { JOB_FINISHED: 'jobs:read', ANALYSIS_STORED: 'results:read' } as const;
type Event = keyof typeof SCOPE_OF;
const EVENTS = Object.keys(SCOPE_OF) as Event[];

let database: TestDatabase;
let api: TestApi;
const secrets = new Map<string, string>();

beforeAll(async () => {
  database = await createTestDatabase();
  for (const scopes of [['admin'], ['admin', 'jobs:read'], ['admin', 'results:read']] as Scope[][]) {
    const request = {
      workspaceId: DEFAULT_WORKSPACE_ID,
      name: 'k',
      scopes,
      expiresAt: null,
      maker: fullAccess(),
    };
    secrets.set(String(scopes), (await createKey({ db: database.db, log: silent }, request)).secret);
  }
  api = await startApi(database.url, { WEBHOOK_LOOPBACK: 'on' }, { access: 'real' });
});
afterAll(async () => {
  await api.close();
  await database.close();
});
keepBystander(() => ({ url: api.url, db: database.db }));

const resultOf = (field: string) =>
  `{ __typename ... on ${field === 'createWebhook' ? 'WebhookSecretPayload' : 'WebhookPayload'} { webhook { id } } ... on UserError { message } }`;
async function change(scopes: readonly Scope[], field: string, type: string, input: object) {
  const response = await fetch(api.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${secrets.get(String(scopes))}` },
    body: JSON.stringify({
      query: `mutation($input: ${type}!) { ${field}(input: $input) ${resultOf(field)} }`,
      variables: { input },
    }),
  });
  const { data, errors } = await response.json();
  return {
    status: response.status,
    code: errors?.[0].extensions.code ?? null,
    id: data?.[field]?.webhook?.id ?? null,
  };
}
const make = (scopes: readonly Scope[], event: Event) =>
  change(scopes, 'createWebhook', 'CreateWebhookInput', { url: 'http://127.0.0.1:9/', event });

test.each(EVENTS)(
  'a webhook of %s is created, aimed and replayed with the scope of its data only',
  async (event) => {
    const holder = ['admin', SCOPE_OF[event]] as const;
    const others = [
      ['admin'],
      ['admin', event === 'JOB_FINISHED' ? 'results:read' : 'jobs:read'],
    ] as Scope[][];
    const { id } = await make(holder, event);
    expect(id).not.toBeNull();
    const sending: readonly (readonly [string, string, object])[] = [
      ['updateWebhook', 'UpdateWebhookInput', { id, url: 'http://127.0.0.1:10/' }],
      ['updateWebhook', 'UpdateWebhookInput', { id, active: true }],
      ['replayWebhook', 'ReplayWebhookInput', { id }],
      ...(event === 'ANALYSIS_STORED'
        ? [['updateWebhook', 'UpdateWebhookInput', { id, filter: { tickers: ['A'] } }] as const]
        : []),
    ];
    for (const scopes of others) {
      expect(await make(scopes, event)).toEqual({ status: 403, code: 'FORBIDDEN', id: null });
      for (const call of sending)
        expect([call, await change(scopes, ...call)]).toEqual([
          call,
          { status: 403, code: 'FORBIDDEN', id: null },
        ]);
      // What sends nothing needs no data.
      for (const input of [
        { id, active: false },
        { id, description: 'n' },
      ])
        expect((await change(scopes, 'updateWebhook', 'UpdateWebhookInput', input)).id).toBe(id);
    }
    for (const call of sending) expect([call, (await change(holder, ...call)).id]).toEqual([call, id]);
  },
);
