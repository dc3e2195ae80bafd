import { setTimeout as delay } from 'node:timers/promises';
import { authorized } from '../support/key.ts';
import type { FailedMutation } from './history.ts';

export interface Payload {
  readonly __typename: string;
  readonly code?: string;
  readonly job?: { readonly id: string };
  readonly watchlist?: { readonly id: string };
}

export interface Sender {
  /** Sends a mutation whose field is named `result`, to any node, until a response comes that is no passing refusal. */
  send(query: string, input: Readonly<Record<string, unknown>>): Promise<Payload>;
  /** Responses with an error that is not part of the schema. */
  readonly failures: readonly FailedMutation[];
  /** Requests that failed or timed out and were sent again. */
  readonly repeats: () => number;
  /** Responses that were refusals for the moment (`UNAVAILABLE`). */
  readonly refusals: () => number;
}

/** The response was an error other than `UNAVAILABLE`; `failures` has it. */
export class MutationError extends Error {}

const REQUEST_LIMIT_MS = 10_000;

interface Response {
  readonly data?: { readonly result: Payload | null } | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

/** `steadyMs`: for how long no fault has been active that makes the database unavailable to a node. */
export function createSender(urls: readonly string[], steadyMs: () => number): Sender {
  const failures: FailedMutation[] = [];
  let repeats = 0;
  let refusals = 0;
  return {
    failures,
    repeats: () => repeats,
    refusals: () => refusals,
    async send(query, input) {
      for (let round = 0; ; round += 1) {
        const url = urls[Math.floor(Math.random() * urls.length)] ?? '';
        const began = performance.now();
        const response = await post(url, query, { input }).catch(() => null);
        if (response?.data?.result != null) return response.data.result;
        const [error] = response?.errors ?? [];
        const code = error?.extensions?.code ?? 'none';
        if (error === undefined) repeats += 1;
        else {
          const steadyBefore = steadyMs() - (performance.now() - began);
          failures.push({ mutation: query, code, message: error.message, steadyMs: steadyBefore });
          if (code !== 'UNAVAILABLE')
            throw new MutationError(`${query} ${JSON.stringify(input)}: ${JSON.stringify(error)}`);
          refusals += 1;
        }
        await delay(Math.random() * Math.min(1_000, 50 * 2 ** round));
      }
    },
  };
}

async function post(url: string, query: string, variables: object): Promise<Response> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', ...authorized },
    body: JSON.stringify({ query, variables }),
    signal: AbortSignal.timeout(REQUEST_LIMIT_MS),
  });
  return (await response.json()) as Response;
}
