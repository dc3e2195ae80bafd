import type { IncomingMessage, ServerResponse } from 'node:http';
import type { GraphQLError } from 'graphql';
import { reject, rejection } from './rejections.ts';

/** Media types of the responses. A response with one result is JSON or a stream of one event; a subscription is a stream. */
export const EVENT_STREAM = 'text/event-stream';
const JSON_TYPES = ['application/json', 'application/graphql-response+json'] as const;

interface Refusal {
  readonly status: 406 | 415;
  readonly code: 'NOT_ACCEPTABLE' | 'BAD_REQUEST';
  readonly message: string;
}

/**
 * Decides from the headers alone whether a request can be read and answered, before its body is read and before anything runs. Writes the
 * rejection itself, as JSON, and returns false. Otherwise the request's `Accept` names exactly the types that the client takes of those that
 * this server writes: whatever chooses the response's type later cannot find that there is none after the operation has run.
 */
export function negotiate(request: IncomingMessage, response: ServerResponse): boolean {
  const accepted = acceptedTypes(request.headers.accept);
  const refusal = refuseBody(request) ?? (accepted.length === 0 ? NOT_ACCEPTABLE : null);
  if (refusal === null) {
    request.headers.accept = accepted.join(', ');
    if (request.headers['content-type'] !== undefined) request.headers['content-type'] = JSON_TYPES[0];
    return true;
  }
  const { status, code, message } = refusal;
  reject(response, rejection(status, code, message), { 'content-type': 'application/json; charset=utf-8' });
  return false;
}

const NOT_ACCEPTABLE: Refusal = {
  status: 406,
  code: 'NOT_ACCEPTABLE',
  message: `Accept must allow ${JSON_TYPES[0]}, ${JSON_TYPES[1]} or, for subscriptions, ${EVENT_STREAM}.`,
};

/**
 * Why a request over HTTP cannot carry an operation of this kind: a GET changes nothing, and a subscription is rejected before it starts when the
 * client does not accept a stream. `accept` is the header as `negotiate` has left it.
 */
export function refuseKind(kind: string, method: string, accept: string | null): GraphQLError | null {
  if (kind === 'mutation' && method === 'GET') {
    const message = 'Can only perform a mutation operation from a POST request.';
    return rejection(405, 'BAD_REQUEST', message, { headers: { Allow: 'POST' } });
  }
  if (kind !== 'subscription' || accept?.includes(EVENT_STREAM) === true) return null;
  const message = `A subscription over HTTP is a stream of events: send Accept: ${EVENT_STREAM}.`;
  return rejection(406, 'NOT_ACCEPTABLE', message);
}

/** Why the body cannot be read: a form of another site can post text and forms without asking; only JSON makes a browser ask first. */
function refuseBody({ method, headers }: IncomingMessage): Refusal | null {
  const unsupported = (message: string): Refusal => ({ status: 415, code: 'BAD_REQUEST', message });
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (encoding !== 'identity' && encoding !== '')
    return unsupported('Content-Encoding is not supported: send the body as it is.');
  const [type, ...parameters] = partsOf(headers['content-type'] ?? '');
  if (type === JSON_TYPES[0])
    return isUtf8(parameters) ? null : unsupported('The body must be JSON in UTF-8.');
  if (method === 'GET' && mayGet(headers)) return null;
  return unsupported(
    'Send a POST with content-type application/json; a GET needs the header GraphQL-Preflight: 1.',
  );
}

/** A page of another site cannot add a header of its own without asking, and cannot open a stream in the name of its reader. */
function mayGet(headers: IncomingMessage['headers']): boolean {
  if ('x-graphql-client' in headers || 'graphql-preflight' in headers) return true;
  const site = headers['sec-fetch-site'];
  const isSameSite = site === undefined || site === 'same-origin' || site === 'none';
  return isSameSite && headers.accept?.includes(EVENT_STREAM) === true;
}

const partsOf = (text: string) => text.split(';').map((part) => part.trim().toLowerCase());

function isUtf8(parameters: readonly string[]): boolean {
  const charsets = parameters.filter((parameter) => /^charset\b/.test(parameter));
  return charsets.every((charset) => /^charset\s*=\s*("utf-?8"|utf-?8)$/.test(charset));
}

interface Range {
  readonly type: string;
  readonly quality: number;
  readonly position: number;
}

/** The JSON type that the client prefers, and the stream, as far as it accepts them (RFC 9110, 12.5.1). */
function acceptedTypes(header: string | undefined): string[] {
  const ranges = (header?.trim() || '*/*').split(',').flatMap((text, position): Range[] => {
    const [type = '', ...parameters] = partsOf(text);
    const quality = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1);
    return isUtf8(parameters) && Number.isFinite(quality) ? [{ type, quality, position }] : [];
  });
  // The most specific range that matches a type decides.
  const rangeOf = (type: string) =>
    [type, `${type.split('/')[0]}/*`, '*/*']
      .map((name) => ranges.find((range) => range.type === name))
      .find((range) => range !== undefined);
  const accepts = (type: string) => (rangeOf(type)?.quality ?? 0) > 0;
  const [json] = JSON_TYPES.filter(accepts)
    .map((type) => ({ type, range: rangeOf(type) as Range }))
    .sort((a, b) => b.range.quality - a.range.quality || a.range.position - b.range.position);
  return [...(json === undefined ? [] : [json.type]), ...(accepts(EVENT_STREAM) ? [EVENT_STREAM] : [])];
}
