import { type DocumentNode, GraphQLError, type GraphQLSchema, parse, validate } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Shape } from '../graphql/shape.ts';
import { type Bodies, type Reading, type Sent, SMALL_BODY_BYTES } from './bound-bodies.ts';
import { refusalOfJson } from './json.ts';
import { badRequest, rejection } from './rejections.ts';

/** All limits with their codes: docs/limits.md. Cost: `charge.ts`. */
const MAX_BODY_BYTES = 1_000_000;
export const MAX_SOCKET_MESSAGE_BYTES = 65_536;
/** Frames of one message. Each costs memory and time however small it is. A client that sends frames of 1 KiB needs 64. */
export const MAX_SOCKET_FRAGMENTS = 64;
/** Reads from the network in which a frame arrives. 64 KiB in segments of 536 bytes, the smallest usual ones, are 123. */
export const MAX_SOCKET_READS = 256;

/** Of websockets and streams of events; see `.env.example`. */
export interface SocketLimits {
  readonly perAddress: number;
  readonly streamsPerKey: number;
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
  // Each has facts and plans of its own.
  operations: [20, 'operations'],
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

/** Parses the text of a document. Throws a GraphQLError when it is too long or is none. */
export function parseDocument(text: string): DocumentNode {
  if (text.length > MAX_SOURCE_LENGTH)
    throw refusal(`A document has at most ${MAX_SOURCE_LENGTH} characters, not ${text.length}.`);
  try {
    return parse(text, { maxTokens: MAX_TOKENS });
  } catch (error) {
    throw error instanceof GraphQLError ? inDocument(error, 'GRAPHQL_PARSE_FAILED') : error;
  }
}

/** Throws a GraphQLError when the document is larger than documents may be: before it is validated, since validation compares fields with each other. */
export function limitShape(shape: Shape): void {
  for (const [name, [limit, what]] of Object.entries(SHAPE)) {
    if (shape[name as keyof Shape] > limit) throw refusal(`A document has at most ${limit} ${what}.`);
  }
}

/** What does not fit the schema. */
export function validateDocument(schema: GraphQLSchema, document: DocumentNode): GraphQLError[] {
  const errors = validate(schema, document, undefined, { maxErrors: MAX_ERRORS });
  return errors.map((error) => inDocument(error, 'GRAPHQL_VALIDATION_FAILED'));
}

/**
 * `spec`: the status is for clients that accept `application/graphql-response+json`; others get 200. A scalar has said itself what is wrong with its
 * literal, with the code that it gives for a variable, too.
 */
function inDocument(error: GraphQLError, code: string): GraphQLError {
  Object.assign(error.extensions, { code: error.extensions.code ?? code, http: { spec: true, status: 400 } });
  return error;
}

/** Bodies and parameters of HTTP: JSON is looked through before it is parsed. */
export const limitJson = (bodies: Pick<Bodies, 'begin'>): Plugin => ({
  onRequestParse({ request, url, requestParser, setRequestParser, serverContext }) {
    if (request.method === 'POST' && requestParser !== undefined)
      setRequestParser(() => readBody(request, bodies.begin(serverContext as unknown as Sent)));
    if (request.method !== 'GET') return;
    for (const name of ['variables', 'extensions']) {
      const text = url.searchParams.get(name) ?? '';
      checkJson(text);
      if (text !== '') parseJson(text, `The parameter ${name} is not valid JSON.`);
    }
  },
});

async function readBody(request: Request, reading: Reading) {
  const text = await readText(request, reading);
  checkJson(text);
  const body = parseJson(text, 'POST body sent invalid JSON.');
  if (typeof body !== 'object' || body === null) throw badRequest('POST body is expected to be an object.');
  return body;
}

async function readText(request: Request, reading: Reading): Promise<string> {
  try {
    return await readLimited(request, reading);
  } catch (error) {
    // Reading a body only fails with its connection: the client has left, which is no fault of the server, and nobody gets this response.
    throw error instanceof GraphQLError ? error : badRequest('The connection ended before the body.');
  } finally {
    reading.end();
  }
}

/**
 * Node reads no more of a body than the length that its head announces: the length is counted. A body without a length counts with the limit once
 * it is no longer small. yoga's own limit sends every body through a stream of its own, which costs a small request a seventh of its time.
 */
async function readLimited(request: Request, reading: Reading): Promise<string> {
  const length = request.headers.get('content-length');
  if (length !== null) {
    if (Number(length) > MAX_BODY_BYTES) throw tooLarge();
    reading.hold(Number(length));
    return await request.text();
  }
  const decoder = new TextDecoder();
  let size = 0;
  let isHeld = false;
  let text = '';
  const reader = request.body?.getReader();
  for (;;) {
    const step = await reader?.read();
    if (step === undefined || step.done) return text + decoder.decode();
    size += step.value.byteLength;
    // The rest is left where it is: to cancel the stream would end the connection before the refusal is sent.
    if (size > MAX_BODY_BYTES) throw tooLarge();
    if (size > SMALL_BODY_BYTES && !isHeld) {
      reading.hold(MAX_BODY_BYTES);
      isHeld = true;
    }
    text += decoder.decode(step.value, { stream: true });
  }
}

function parseJson(text: string, fault: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw badRequest(fault);
  }
}

function checkJson(text: string): void {
  const message = refusalOfJson(text);
  if (message !== null) throw badRequest(message);
}

const tooLarge = () => rejection(413, 'REQUEST_ENTITY_TOO_LARGE', 'Request body too large');
