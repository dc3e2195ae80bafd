import { type DocumentNode, GraphQLError, type validate } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { withoutSecrets, withoutSuggestions } from './errors.ts';
import { refusalOfJson } from './json.ts';
import { type Shape, shapeOf } from './shape.ts';

/** All limits with their codes: docs/limits.md. Cost: `charge-operations.ts`. */
const MAX_BODY_BYTES = 1_000_000;
export const MAX_SOCKET_MESSAGE_BYTES = 65_536;

/** Of websockets; see `.env.example`. */
export interface SocketLimits {
  readonly perAddress: number;
  readonly operations: number;
  readonly messagesPer10s: number;
  readonly keepAliveMs: number;
  readonly stallMs: number;
}

const MAX_SOURCE_LENGTH = 20_000;
const MAX_TOKENS = 2_000;
/** After so many faults of a document nobody looks for more: each costs a search for similar names. */
const MAX_ERRORS = 5;

const SHAPE: Readonly<Record<keyof Shape, readonly [limit: number, what: string]>> = {
  depth: [8, 'levels of fields'],
  breadth: [200, 'fields, counted with those of fragments'],
  aliases: [15, 'aliases'],
  directives: [9, 'directives'],
  comments: [50, 'comments'],
  // What GraphiQL and code generators ask is 14 deep; circles are refused by graphql-js at depth 3.
  introspectionDepth: [15, 'levels of introspection'],
  introspectionBreadth: [500, 'fields of introspection'],
};

function refusal(message: string): GraphQLError {
  return new GraphQLError(message, {
    extensions: { code: 'QUERY_TOO_COMPLEX', http: { spec: true, status: 400 } },
  });
}

function checkShape(document: DocumentNode): void {
  const shape = shapeOf(document);
  for (const [name, [limit, what]] of Object.entries(SHAPE)) {
    if (shape[name as keyof Shape] > limit) throw refusal(`A document has at most ${limit} ${what}.`);
  }
}

/**
 * Holds for HTTP, SSE and websockets alike, since all of them parse and validate through it. What a document looks like is checked before it is
 * validated: validation compares fields with each other.
 */
export const documentLimits: Plugin = {
  onParse({ params, setParseFn, parseFn }) {
    const source =
      typeof params.source === 'string' ? params.source : (params.source as { body: string }).body;
    if (source.length > MAX_SOURCE_LENGTH) {
      throw refusal(`A document has at most ${MAX_SOURCE_LENGTH} characters, not ${source.length}.`);
    }
    setParseFn((text: string, options?: object) => {
      const document = parseFn(text, { ...options, maxTokens: MAX_TOKENS });
      checkShape(document);
      return document;
    });
  },
  onValidate({ validateFn, setValidationFn }) {
    // The fourth argument is graphql-js 16's: the options.
    setValidationFn(((schema, document, rules) =>
      (validateFn as typeof validate)(schema, document, rules, {
        maxErrors: MAX_ERRORS,
      })) as typeof validateFn);
    return ({ result, setResult }) =>
      setResult(
        result.map((error: Error) =>
          error instanceof GraphQLError ? withoutSecrets(withoutSuggestions(error)) : error,
        ),
      );
  },
};

/** Bodies and parameters of HTTP: JSON is looked through before it is parsed. */
export const jsonLimits: Plugin = {
  onRequestParse({ request, url, requestParser, setRequestParser }) {
    if (request.method === 'POST' && requestParser !== undefined) setRequestParser(readBody);
    if (request.method !== 'GET') return;
    for (const name of ['variables', 'extensions']) checkJson(url.searchParams.get(name) ?? '');
  },
};

async function readBody(request: Request) {
  const text = await readText(request);
  checkJson(text);
  const body = parseJson(text);
  if (typeof body !== 'object' || body === null) throw badRequest('POST body is expected to be an object.');
  return body;
}

/**
 * A body that tells its length has no more bytes than that: Node sees to it. One that does not is counted. yoga's own limit sends every body
 * through a stream of its own, which costs a small request a seventh of its time.
 */
async function readText(request: Request): Promise<string> {
  const length = request.headers.get('content-length');
  if (length !== null) {
    if (Number(length) > MAX_BODY_BYTES) throw tooLarge();
    return request.text();
  }
  const decoder = new TextDecoder();
  let size = 0;
  let text = '';
  const reader = request.body?.getReader();
  for (;;) {
    const step = await reader?.read();
    if (step === undefined || step.done) return text + decoder.decode();
    size += step.value.byteLength;
    // The rest is left where it is: to cancel the stream would end the connection before the refusal is sent.
    if (size > MAX_BODY_BYTES) throw tooLarge();
    text += decoder.decode(step.value, { stream: true });
  }
}

function tooLarge(): GraphQLError {
  return new GraphQLError('Request body too large', {
    extensions: { code: 'REQUEST_ENTITY_TOO_LARGE', http: { status: 413 } },
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw badRequest('POST body sent invalid JSON.');
  }
}

function checkJson(text: string): void {
  const message = refusalOfJson(text);
  if (message !== null) throw badRequest(message);
}

function badRequest(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status: 400 } } });
}
