import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { createDoor } from '../../src/access/admit-callers.ts';
import { parseConfig } from '../../src/config.ts';
import type { Logger } from '../../src/logger.ts';
import { type OpenedDoor, openDoor } from '../../src/main/open-door.ts';
import { runApi } from '../../src/main/run-api.ts';
import { fullAccess } from './access.ts';
import { TEST_KEY } from './key.ts';
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
  submit(input: object): Promise<Submitted>;
  /** Values of a subscription's first field; ends on return. */
  follow<T>(query: string, variables?: object): AsyncGenerator<T, void, void>;
  close(): Promise<void>;
}

export interface Submitted {
  readonly __typename: string;
  readonly deduplicated: boolean;
  readonly job: { readonly id: string; readonly uuid: string };
  readonly code?: string;
  readonly jobId?: string;
}

const SUBMIT = `mutation($input: SubmitAnalysisInput!) { submitAnalysis(input: $input) {
  __typename ... on SubmitJobPayload { deduplicated job { id uuid } } ... on UserError { code message } ... on IdempotencyConflictError { jobId } } }`;

/** A client of an API, wherever it runs, over real HTTP and websockets. */
export function apiAt(url: string, key: string | null = TEST_KEY): TestApi {
  const headers = key === null ? {} : { authorization: `Bearer ${key}` };
  const sockets = createClient({
    url: url.replace('http', 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: headers,
  });

  async function post(query: string, variables: object = {}): Promise<Answer> {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query, variables }),
    });
    return (await response.json()) as Answer;
  }

  async function one<T>(query: string, variables?: object): Promise<T> {
    const { data, errors } = await post(query, variables);
    if (errors !== undefined) throw new Error(JSON.stringify(errors));
    return Object.values(data ?? {})[0] as T;
  }

  return {
    url,
    post,
    one,
    submit: (input) => one(SUBMIT, { input }),
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
    },
  };
}

export interface StartOptions {
  readonly access?: 'open' | 'real';
  readonly key?: string;
  readonly log?: Logger;
  /** As if the server had made this key for its own machine. */
  readonly developmentKey?: string;
}

/**
 * An API on a port of its own in this process. Who shows nothing may do everything in the default workspace, unless `real` access is asked
 * for; then `key` is what the client shows.
 */
export async function startApi(
  databaseUrl: string,
  settings: Record<string, string> = {},
  options: StartOptions = {},
): Promise<TestApi> {
  const { access = 'open', key = null, log = silent, developmentKey = null } = options;
  const stops: (() => Promise<unknown>)[] = [];
  const port = await runApi(
    parseConfig({ PORT: '0', DATABASE_URL: databaseUrl, OPERATOR_KEY: TEST_KEY, ...settings }),
    databaseUrl,
    log,
    { onStop: (_name, stop) => void stops.push(() => stop(AbortSignal.timeout(5_000))) },
    undefined,
    access === 'real' ? openDoor : async (...args) => ({ ...(await openDoorToAll(...args)), developmentKey }),
  );
  const api = apiAt(`http://127.0.0.1:${port}/graphql`, key);
  return {
    ...api,
    async close() {
      await api.close();
      for (const stop of stops.reverse()) await stop();
    },
  };
}

export const jobGid = (uuid: string) => Buffer.from(`Job:${uuid}`).toString('base64');

/** Real credentials are judged as they are; none is as good as all. */
async function openDoorToAll(...[, db, log, noteRefusal]: Parameters<typeof openDoor>): Promise<OpenedDoor> {
  const door = createDoor({ db, log, ownKey: null, verifyToken: null, noteRefusal });
  const everybody = { access: fullAccess(), onEnd: () => () => undefined };
  return {
    developmentKey: null,
    door: {
      ...door,
      admit: async (authorization, address) =>
        authorization === null ? everybody : door.admit(authorization, address),
    },
  };
}
