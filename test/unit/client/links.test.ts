import { ApolloClient, gql, InMemoryCache } from '@apollo/client';
import { Client as UrqlClient } from '@urql/core';
import { Environment, fetchQuery, RecordSource, requestSubscription, Store } from 'relay-runtime';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createApolloLink } from '../../../packages/client/src/apollo.ts';
import { type Client, connect } from '../../../packages/client/src/connect.ts';
import { createRelayNetwork } from '../../../packages/client/src/relay.ts';
import { createUrqlExchange } from '../../../packages/client/src/urql.ts';
import { eventually } from '../../support/eventually.ts';
import { eventBatch, startLogServer } from '../../support/log-server.ts';

const LAST = 9;
const SUBSCRIPTION = 'subscription Events($id: ID!) { jobEvents(jobId: $id) { events { seq } } }';
const QUERY = 'query Viewer { viewer { subject } }';

interface Batch {
  readonly jobEvents: { readonly events: readonly { readonly seq: number }[] };
}

/** Cuts the connection twice in the middle of the log, and sends each batch twice. */
async function startCutting() {
  const server = await startLogServer({
    subscribe(asked) {
      const after = Number(asked.variables.resumeAfter ?? 0);
      const until = Math.min(after + 3, LAST);
      for (let times = 0; times < 2; times += 1) asked.next(eventBatch(after + 1, until, LAST));
      if (until === LAST) asked.complete();
      else setImmediate(() => asked.socket.terminate());
    },
    respond: (response) => response.end('{"data":{"viewer":{"subject":"me"}}}'),
  });
  const client = connect(server.url);
  onTestFinished(() => client.close());
  return { server, client };
}

interface Follower {
  /** Subscribes; returns the function that unsubscribes. */
  follow(onData: (data: Batch) => void, onEnd: (error: unknown) => void): () => void;
  /** The subject of the viewer. */
  ask(): Promise<unknown>;
}

function apolloOf(client: Client): Follower {
  const apollo = new ApolloClient({ link: createApolloLink(client), cache: new InMemoryCache() });
  return {
    follow(onData, onEnd) {
      const variables = { id: 'job' };
      const messages = apollo.subscribe<Batch>({
        query: gql(SUBSCRIPTION),
        variables,
        fetchPolicy: 'no-cache',
      });
      const subscription = messages.subscribe({
        next: ({ data, error }) => (error === undefined ? onData(data as Batch) : onEnd(error)),
        error: onEnd,
        complete: () => onEnd(null),
      });
      return () => subscription.unsubscribe();
    },
    async ask() {
      const { data } = await apollo.query<{ viewer: { subject: string } }>({ query: gql(QUERY) });
      return data?.viewer.subject;
    },
  };
}

function urqlOf(client: Client): Follower {
  const urql = new UrqlClient({
    url: 'http://unused.example',
    exchanges: [createUrqlExchange(client)],
    preferGetMethod: false,
  });
  return {
    follow(onData, onEnd) {
      const { unsubscribe } = urql.subscription<Batch>(SUBSCRIPTION, { id: 'job' }).subscribe((result) => {
        if (result.error !== undefined) onEnd(result.error);
        // urql reports the end of a subscription with the last data once more.
        else if (result.hasNext === false) onEnd(null);
        else if (result.data !== undefined) onData(result.data);
      });
      return unsubscribe;
    },
    async ask() {
      const { data } = await urql.query<{ viewer: { subject: string } }>(QUERY, {}).toPromise();
      return data?.viewer.subject;
    },
  };
}

/** What Relay's compiler makes of a document. */
function compiled(
  operationKind: 'query' | 'subscription',
  name: string,
  text: string,
  root: string,
  fields: readonly object[],
) {
  const selections = [
    {
      alias: null,
      args: null,
      concreteType: 'T',
      kind: 'LinkedField',
      name: root,
      plural: false,
      selections: fields,
      storageKey: null,
    },
  ];
  return {
    kind: 'Request',
    fragment: {
      argumentDefinitions: [],
      kind: 'Fragment',
      metadata: null,
      name,
      selections,
      type: 'T',
      abstractKey: null,
    },
    operation: { argumentDefinitions: [], kind: 'Operation', name, selections },
    params: { cacheID: name, id: null, metadata: {}, name, operationKind, text },
  } as never;
}
const scalar = (name: string) => ({ alias: null, args: null, kind: 'ScalarField', name, storageKey: null });

function relayOf(client: Client): Follower {
  const environment = new Environment({
    network: createRelayNetwork(client),
    store: new Store(new RecordSource()),
  });
  const events = {
    alias: null,
    args: null,
    concreteType: 'E',
    kind: 'LinkedField',
    name: 'events',
    plural: true,
    selections: [scalar('seq')],
    storageKey: null,
  };
  return {
    follow(onData, onEnd) {
      const { dispose } = requestSubscription(environment, {
        subscription: compiled('subscription', 'Events', SUBSCRIPTION, 'jobEvents', [events]),
        variables: { id: 'job' },
        onNext: (data) => onData(data as Batch),
        onError: onEnd,
        onCompleted: () => onEnd(null),
      });
      return dispose;
    },
    async ask() {
      const query = compiled('query', 'Viewer', QUERY, 'viewer', [scalar('subject')]);
      const data = (await fetchQuery(environment, query, {}).toPromise()) as { viewer: { subject: string } };
      return data.viewer.subject;
    },
  };
}

describe.each([
  ['Apollo Client', apolloOf],
  ['urql', urqlOf],
  ['Relay', relayOf],
])('%s', (_name, followerOf) => {
  test('loses and doubles no event over two cuts', async () => {
    const { server, client } = await startCutting();
    const seqs: number[] = [];
    const ended = Promise.withResolvers<unknown>();
    followerOf(client).follow(
      ({ jobEvents }) => seqs.push(...jobEvents.events.map(({ seq }) => seq)),
      ended.resolve,
    );
    await eventually(async () => server.asked.length === 4);
    expect(await ended.promise).toBeNull();
    expect(seqs).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('ends the subscription at the server when it unsubscribes', async () => {
    const server = await startLogServer({ subscribe: (asked) => asked.next(eventBatch(1, 2, LAST)) });
    const client = connect(server.url);
    onTestFinished(() => client.close());
    const arrived = Promise.withResolvers<unknown>();
    const unsubscribe = followerOf(client).follow(arrived.resolve, arrived.reject);
    await arrived.promise;
    unsubscribe();
    await eventually(async () => server.asked[0]?.ended === true);
  });

  test('reports an error of the server, and sends queries', async () => {
    const server = await startLogServer({
      subscribe: (asked) => asked.error('NOT_FOUND'),
      respond: (response) => response.end('{"data":{"viewer":{"subject":"me"}}}'),
    });
    const client = connect(server.url);
    onTestFinished(() => client.close());
    const ended = Promise.withResolvers<unknown>();
    followerOf(client).follow(() => undefined, ended.resolve);
    expect(String(await ended.promise)).toContain('NOT_FOUND');
    expect(await followerOf(client).ask()).toBe('me');
  });
});
