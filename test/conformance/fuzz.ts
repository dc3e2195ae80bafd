import type { GraphQLSchema } from 'graphql';
import { randomOf } from '../support/series.ts';
import { breakOperation } from './break-operation.ts';
import { generateOperation, type Operation, type Pool, rootsOf } from './generate-operation.ts';

export interface Finding {
  readonly what: string;
  readonly request: string;
  readonly answer: string;
}

export interface FuzzReport {
  readonly sent: number;
  /** Answers of valid operations by what they were: data, or the first error's code. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly findings: readonly Finding[];
}

/** What no answer may hold: stacks, paths, SQL, the words of the engine, of libraries and of PostgreSQL. */
const INTERNALS =
  /node_modules|file:\/\/|\/src\/|\.ts:\d|\bat (async )?[\w.<>]+ \(|Cannot (read|set|destructure|convert|mix)|\w is not (a function|iterable|defined)(?! (by|in) )|\[object |\bundefined\b|Pothos|drizzle|\bpg_|[Pp]ostgres|\b(select|insert into|update|delete from) ["\w.]+ (from|values|set|where|\()|relation "|syntax error at or near|invalid (byte sequence|input syntax)|out of range for type|value too long|ECONN|EPIPE|"INTERNAL"|Unexpected error|"UNAVAILABLE"/;

interface Settings {
  readonly url: string;
  readonly schema: GraphQLSchema;
  readonly pool: Pool;
  readonly seed: number;
  readonly valid: number;
  readonly broken: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly concurrency?: number;
  readonly onProgress?: (sent: number) => Promise<void> | void;
}

/** Sends valid and broken operations, all drawn from the seed, and answers everything that an answer should not have been. */
export async function fuzz(settings: Settings): Promise<FuzzReport> {
  const { url, schema, pool, seed, valid, broken, headers = {}, concurrency = 8, onProgress } = settings;
  const random = randomOf(seed);
  const roots = rootsOf(schema);
  const outcomes: Record<string, number> = {};
  const findings: Finding[] = [];
  let next = 0;
  let sent = 0;

  async function one(i: number): Promise<void> {
    const root = roots[i % roots.length];
    if (root === undefined) throw new Error('no root fields');
    const operation = generateOperation(schema, random, pool, root);
    // Every second one is broken until there are enough of them.
    const isBroken = i % 2 === 1 ? Math.floor(i / 2) < broken : Math.floor(i / 2) >= valid;
    const body = isBroken
      ? breakOperation(operation, random)
      : Buffer.from(JSON.stringify({ query: operation.query, variables: operation.variables }));
    const { status, text } = await send(url, body, operation.kind, headers);
    const code = outcomeOf(text);
    if (!isBroken) outcomes[code] = (outcomes[code] ?? 0) + 1;
    const what = faultOf(status, text);
    if (what !== null)
      findings.push({ what, request: body.toString('latin1').slice(0, 1_500), answer: text.slice(0, 600) });
    sent += 1;
    await onProgress?.(sent);
  }

  async function lane(): Promise<void> {
    for (let i = next++; i < valid + broken; i = next++) await one(i);
  }
  await Promise.all(Array.from({ length: concurrency }, lane));
  return { sent, outcomes, findings };
}

function faultOf(status: number, text: string): string | null {
  if (status >= 500) return `status ${status}`;
  const found = INTERNALS.exec(text)?.[0];
  if (found !== undefined) return `"${found}" in the answer`;
  return text.startsWith('{') && withoutCode(text) ? 'an error without a code' : null;
}

function withoutCode(text: string): boolean {
  const { errors = [] } = JSON.parse(text) as { errors?: { extensions?: { code?: string } }[] };
  return errors.some(({ extensions }) => typeof extensions?.code !== 'string');
}

function outcomeOf(text: string): string {
  const code = /"code":"(\w+)"/.exec(text.slice(0, 4_000))?.[1];
  if (!/"errors":\[\{"message"/.test(text)) return 'data';
  return code ?? 'no code';
}

/** A subscription is read up to its first message, or for 100 ms when it has nothing to tell. */
async function send(
  url: string,
  body: Buffer,
  kind: Operation['kind'],
  headers: Readonly<Record<string, string>>,
) {
  const init = {
    method: 'POST',
    body: new Uint8Array(body),
    headers: { 'content-type': 'application/json', ...headers },
  };
  if (kind !== 'subscription') {
    const response = await fetch(url, init);
    return { status: response.status, text: await response.text() };
  }
  const stop = new AbortController();
  const response = await fetch(url, {
    ...init,
    headers: { ...init.headers, accept: 'text/event-stream' },
    signal: stop.signal,
  });
  const timer = setTimeout(() => stop.abort(), 100);
  let text = '';
  try {
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString();
      if (/^(event: next|event: complete)/m.test(text) && text.includes('\n\n')) break;
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
    stop.abort();
  }
  return { status: response.status, text };
}
