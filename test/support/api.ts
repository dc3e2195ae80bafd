import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { parseConfig } from '../../src/config.ts';
import { runApi } from '../../src/main/run-api.ts';
import { silent } from './silent.ts';

interface Answer {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly { message: string; extensions?: Record<string, unknown> }[];
}

export interface TestApi {
  readonly url: string;
  /** The answer as it is, errors included. */
  post(query: string, variables?: object): Promise<Answer>;
  /** The value of the first field; throws when there are errors. */
  one<T>(query: string, variables?: object): Promise<T>;
  /** Values of a subscription's first field; ends on return. */
  follow<T>(query: string, variables?: object): AsyncGenerator<T, void, void>;
  close(): Promise<void>;
}

/** An API on a port of its own in this process, over real HTTP and websockets. */
export async function startApi(databaseUrl: string, settings: Record<string, string> = {}): Promise<TestApi> {
  const stops: (() => Promise<unknown>)[] = [];
  const port = await runApi(parseConfig({ PORT: '0', ...settings }), databaseUrl, silent, {
    onStop: (_name, stop) => void stops.push(() => stop(AbortSignal.timeout(5_000))),
  });
  const url = `http://127.0.0.1:${port}/graphql`;
  const sockets = createClient({ url: url.replace('http', 'ws'), webSocketImpl: WebSocket });

  async function post(query: string, variables: object = {}): Promise<Answer> {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    return (await response.json()) as Answer;
  }

  return {
    url,
    post,
    async one<T>(query: string, variables?: object): Promise<T> {
      const { data, errors } = await post(query, variables);
      if (errors !== undefined) throw new Error(JSON.stringify(errors));
      return Object.values(data ?? {})[0] as T;
    },
    async *follow<T>(query: string, variables: object = {}): AsyncGenerator<T, void, void> {
      const stream = sockets.iterate<Record<string, unknown>>({ query, variables: { ...variables } });
      try {
        for await (const { data, errors } of stream) {
          if (errors !== undefined) throw new Error(JSON.stringify(errors));
          yield Object.values(data ?? {})[0] as T;
        }
      } finally {
        await stream.return?.();
      }
    },
    async close() {
      await sockets.dispose();
      for (const stop of stops.reverse()) await stop();
    },
  };
}

export const jobGid = (uuid: string) => Buffer.from(`Job:${uuid}`).toString('base64');
