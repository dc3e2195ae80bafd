import {
  type GraphQLField,
  type GraphQLInputObjectType,
  type GraphQLObjectType,
  getNamedType,
  getNullableType,
  isInputObjectType,
  isLeafType,
  isNonNullType,
  isObjectType,
  isUnionType,
} from 'graphql';
import { expect } from 'vitest';
import { schema } from '../../src/main/schema.ts';
import type { TestApi } from './api.ts';

/** A call of a mutation that succeeds the first time, made from the schema. */
export interface Call {
  readonly name: string;
  readonly document: string;
  readonly input: Readonly<Record<string, unknown>>;
}

export interface Answered {
  readonly __typename: string;
  readonly code?: string;
  readonly secret?: string;
  readonly apiKey?: { readonly keyId: string };
  readonly webhook?: { readonly id: string };
}

/** What a repeat answers: the same, but of what told a secret, that it was told. */
export function repeatOf(first: Answered): object {
  if (first.secret === undefined) return first;
  const subjectId = first.apiKey?.keyId ?? first.webhook?.id;
  const message = expect.stringContaining('rotate');
  return { __typename: 'SecretToldError', code: 'SECRET_TOLD', subjectId, message };
}

const mutations = Object.values(schema.getMutationType()?.getFields() ?? {});
export const mutationNames = mutations.map(({ name }) => name);

/** Values of fields by name, for all inputs; `Input.field` goes first. Each call gets things of its own. */
interface World {
  readonly list: string;
  readonly job: string;
  readonly ended: string;
  readonly webhook: string;
  readonly key: string;
  readonly n: number;
}
const values: Readonly<Record<string, (world: World) => unknown>> = {
  'CancelJobInput.id': ({ job }) => job,
  'RetryJobInput.id': ({ ended }) => ended,
  'UpdateWebhookInput.id': ({ webhook }) => webhook,
  'RotateWebhookSecretInput.id': ({ webhook }) => webhook,
  'ReplayWebhookInput.id': ({ webhook }) => webhook,
  'DeleteWebhookInput.id': ({ webhook }) => webhook,
  'CreateApiKeyInput.scopes': () => ['JOBS_READ'],
  'CreateWebhookInput.url': () => TARGET,
  'CreateWebhookInput.event': () => 'JOB_FINISHED',
  'ImportInstrumentsInput.instruments': ({ n }) => [
    { symbol: `IMP${n}`, name: `Import ${n}`, exchange: 'NYSE', currency: 'USD' },
  ],
  keyId: ({ key }) => key,
  overlapHours: () => 24,
  'CreateWatchlistInput.tickers': () => ['AAPL'],
  'RemoveFromWatchlistInput.tickers': () => ['AAPL'],
  'SubmitAnalysisInput.force': () => true,
  'SubmitBacktestInput.force': () => true,
  'AnalyzeWatchlistInput.force': () => true,
  id: ({ list }) => list,
  name: ({ n }) => `Name ${n}`,
  note: ({ n }) => `Note ${n}`,
  ticker: () => 'AAPL',
  tickers: ({ n }) => [`NEW${n}`],
};

const TARGET = 'https://example.com/hooks';
let made = 0;

/** Makes what the mutation needs, then the call. An input with a required field that is not known fails: give it a value above. */
export async function prepareCall(api: TestApi, name: string): Promise<Call> {
  const field = mutations.find((mutation) => mutation.name === name) as GraphQLField<unknown, unknown>;
  const type = getNullableType(field.args[0]?.type) as GraphQLInputObjectType;
  made += 1;
  const world = { n: made, ...(await makeThings(api, name, made)) };
  const input = Object.fromEntries(
    Object.values(type.getFields()).flatMap((member) => {
      const value = values[`${type.name}.${member.name}`] ?? values[member.name];
      if (value !== undefined) return [[member.name, value(world)]];
      if (isNonNullType(member.type)) throw new Error(`no value for ${type.name}.${member.name}`);
      return [];
    }),
  );
  const document = `mutation($input: ${type.name}!) { ${name}(input: $input) ${selection(field)} }`;
  return { name, document, input };
}

async function makeThings(api: TestApi, name: string, n: number): Promise<Omit<World, 'n'>> {
  const { watchlist } = await api.one<{ watchlist: { id: string } }>(
    'mutation($name: String!) { createWatchlist(input: { name: $name, tickers: ["AAPL"] }) { ... on WatchlistPayload { watchlist { id } } } }',
    { name: `List ${n}` },
  );
  const [job, ended] = [
    await api.submit({ tickers: ['AAPL'], force: true }),
    await api.submit({ tickers: ['AAPL'], force: true }),
  ];
  await api.one('mutation($id: ID!) { cancelJob(input: { id: $id }) { __typename } }', { id: ended.job.id });
  return {
    list: watchlist.id,
    job: job.job.id,
    ended: ended.job.id,
    // A workspace has 20 at most.
    webhook: name.includes('Webhook') ? await makeWebhook(api) : '',
    key: name.includes('ApiKey') ? await makeApiKey(api) : '',
  };
}

async function makeWebhook(api: TestApi): Promise<string> {
  const { webhook } = await api.one<{ webhook: { id: string } }>(
    'mutation($url: String!) { createWebhook(input: { url: $url, event: JOB_FINISHED }) { ... on WebhookSecretPayload { webhook { id } } } }',
    { url: TARGET },
  );
  return webhook.id;
}

async function makeApiKey(api: TestApi): Promise<string> {
  const { apiKey } = await api.one<{ apiKey: { keyId: string } }>(
    'mutation { createApiKey(input: { name: "Made", scopes: [JOBS_READ] }) { ... on IssuedApiKey { apiKey { keyId } } } }',
  );
  return apiKey.keyId;
}

/** The answer; of a mutation that has no result type for refusals, the refusal. */
export async function call(
  api: TestApi,
  { name, document, input }: Call,
  idempotencyKey: string,
): Promise<Answered> {
  const { data, errors } = await api.post(document, { input: { ...input, idempotencyKey } });
  const code = errors?.[0]?.extensions?.code;
  if (code === 'IDEMPOTENCY_CONFLICT' || code === 'INVALID_INPUT') return { __typename: 'Error', code };
  if (errors !== undefined) throw new Error(JSON.stringify(errors));
  return data?.[name] as Answered;
}

/** A global id with its UUID in upper case; other texts as they are. */
export function inUpperCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inUpperCase);
  const [, type, uuid] =
    /^(\w+):([0-9a-f-]{36})$/.exec(Buffer.from(String(value), 'base64').toString()) ?? [];
  return uuid === undefined ? value : Buffer.from(`${type}:${uuid.toUpperCase()}`).toString('base64');
}

/** The same call with another input: what a key must not be used for. */
export function otherInput(of: Call): Call {
  const field = mutations.find(({ name }) => name === of.name) as GraphQLField<unknown, unknown>;
  const type = getNullableType(field.args[0]?.type);
  if (!isInputObjectType(type)) throw new Error(`${of.name} has no input`);
  const { tickers, id, note, pausedAt, keyId, name } = type.getFields();
  if (tickers !== undefined) return { ...of, input: { ...of.input, tickers: ['OTHER'] } };
  if (note !== undefined) return { ...of, input: { ...of.input, note: 'Other' } };
  if (pausedAt !== undefined) return { ...of, input: { ...of.input, pausedAt: '2026-01-01T00:00:00Z' } };
  if (type.name === 'ImportInstrumentsInput') {
    const other = { symbol: 'OTHER', name: 'Other', exchange: 'NYSE', currency: 'USD' };
    return { ...of, input: { ...of.input, instruments: [other] } };
  }
  if (type.name === 'CreateWebhookInput') return { ...of, input: { ...of.input, description: 'Other' } };
  if (keyId !== undefined) return { ...of, input: { ...of.input, keyId: 'notthere' } };
  if (id === undefined && name !== undefined) return { ...of, input: { ...of.input, name: 'Other' } };
  if (id === undefined) throw new Error(`no other input for ${of.name}`);
  const kind = Buffer.from(String(of.input.id), 'base64').toString().split(':')[0];
  const other = Buffer.from(`${kind}:00000000-0000-7000-8000-00000000ffff`).toString('base64');
  return { ...of, input: { ...of.input, id: other } };
}

/** What an answer says by itself: facts and ids. `deduplicated` says whether it is a repeat, and the state of a queue or job is that of now. */
function selection(field: GraphQLField<unknown, unknown>): string {
  const result = getNamedType(field.type);
  const types = isUnionType(result) ? result.getTypes() : isObjectType(result) ? [result] : [];
  const parts = types.map((type) => `... on ${type.name} { ${factsOf(type)} }`);
  if (!isUnionType(result)) return `{ ${parts.join(' ')} }`;
  return `{ __typename ... on UserError { code } ${parts.join(' ')} }`;
}

function factsOf(type: GraphQLObjectType): string {
  const facts = Object.values(type.getFields()).flatMap(({ name, type: fieldType }) => {
    if (name === 'deduplicated' || name === 'code') return [];
    const named = getNamedType(fieldType);
    if (isLeafType(named)) return [name];
    const id = isObjectType(named) && ['keyId', 'id'].find((field) => named.getFields()[field] !== undefined);
    return id ? [`${name} { ${id} }`] : [];
  });
  return ['__typename', ...facts].join(' ');
}
