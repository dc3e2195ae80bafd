import {
  type Client,
  type ConnectionState,
  connect,
  follow,
  followAnalyses,
  followJob,
  type JobEvent,
  RequestError,
  type TypedDocument,
  watchJob,
  watchWatchlist,
} from 'thetool-client';
import { createApolloLink } from 'thetool-client/apollo';
import { SubmitAnalysisDocument, type SubmitAnalysisMutation } from 'thetool-client/documents';
import {
  type JobItem,
  type Live,
  useConnection,
  useJob,
  useJobItems,
  useRequest,
} from 'thetool-client/react';
import { createRelayNetwork } from 'thetool-client/relay';
import { createUrqlExchange } from 'thetool-client/urql';

const client: Client = connect('https://api.example/graphql', { key: () => 'token' });

/** As a project's own generator makes them: with another class, whose private property makes it a type of its own. */
class OwnText<Result, Variables> extends String {
  __apiType?: (variables: Variables) => Result;
  private value: string;
  constructor(value: string) {
    super(value);
    this.value = value;
  }
  override toString(): string {
    return this.value;
  }
}
const own = new OwnText<{ readonly queue: { readonly paused: boolean } }, { readonly [key: string]: never }>(
  '{ queue { paused } }',
);
declare const progress: TypedDocument<
  { readonly jobProgress: { readonly state: string } },
  { readonly id: string }
>;

export async function run(): Promise<JobEvent[]> {
  const submitted: SubmitAnalysisMutation = await client.request(SubmitAnalysisDocument, {
    input: { tickers: ['AAPL'], source: 'DEMO' },
  });
  const result = submitted.submitAnalysis;
  if (result.__typename !== 'SubmitJobPayload') throw new RequestError(result.message, result.code);
  const events: JobEvent[] = [];
  for await (const event of followJob(client, result.job.id, { after: 0 })) events.push(event);
  for await (const { state } of watchJob(client, result.job.id)) if (state === 'COMPLETED') break;
  for await (const { cursor, analyses } of followAnalyses(client, { from: 'OLDEST' })) {
    const first: string | undefined = analyses[0]?.ticker;
    if (first === cursor) break;
  }
  return events;
}

export async function ownDocuments(signal: AbortSignal): Promise<string> {
  const { queue } = await client.request(own);
  const text = await client.request<{ readonly queue: unknown }>(
    '{ queue { paused } }',
    {},
    { signal, timeoutMs: 1 },
  );
  for await (const { name } of watchWatchlist(client, 'list')) return name;
  for await (const { jobProgress } of follow(client, progress, { variables: { id: 'job' }, signal })) {
    return jobProgress.state;
  }
  const state: ConnectionState = client.connection.current();
  client.reconnectNow();
  return `${queue.paused} ${String(text)} ${state.status === 'retrying' ? state.reason : state.since}`;
}

export function useEverything(): string {
  const { data, error }: Live<{ readonly state: string }> = useJob('job', { suspense: true });
  const items: readonly JobItem[] = useJobItems('job').data?.items ?? [];
  const { queue } = useRequest(own, {}).data ?? { queue: null };
  return `${data?.state} ${error?.message} ${items[0]?.phase} ${queue?.paused} ${useConnection().status}`;
}

export const links = [
  createApolloLink(client),
  createUrqlExchange(client),
  createRelayNetwork(client),
] as const;
