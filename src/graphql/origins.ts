import type { IncomingMessage, ServerResponse } from 'node:http';

export interface Origins {
  /** The page that sent this may talk to us: one of our own, of an allowed origin, or no page at all. */
  allows(request: IncomingMessage): boolean;
  /** Says to browsers what an allowed foreign page may do, and nothing to others. Answers true when the request was a preflight, which it ends. */
  answer(request: IncomingMessage, response: ServerResponse): boolean;
}

const ASKED_HEADERS = 'authorization, content-type, graphql-preflight, x-graphql-client, x-request-id';
const SHOWN_HEADERS = 'ratelimit, ratelimit-policy, retry-after, x-request-id';

/** Origins as `https://app.example`; programs send none. Credentials travel in `Authorization` alone, so cookies are never allowed. */
export function createOrigins(allowed: readonly string[]): Origins {
  const foreign = new Set(allowed);
  const isForeign = (request: IncomingMessage) => foreign.has(request.headers.origin ?? '');
  return {
    allows(request) {
      const { origin, host } = request.headers;
      if (origin === undefined || origin === '') return true;
      return isForeign(request) || (URL.canParse(origin) && new URL(origin).host === host);
    },
    answer(request, response) {
      if (foreign.size > 0) response.setHeader('Vary', 'Origin');
      if (isForeign(request)) {
        response.setHeader('Access-Control-Allow-Origin', request.headers.origin ?? '');
        response.setHeader('Access-Control-Expose-Headers', SHOWN_HEADERS);
      }
      if (request.method !== 'OPTIONS') return false;
      if (isForeign(request)) {
        response.setHeader('Access-Control-Allow-Methods', 'GET, POST');
        response.setHeader('Access-Control-Allow-Headers', ASKED_HEADERS);
        response.setHeader('Access-Control-Max-Age', '600');
      }
      response.writeHead(204, { 'content-length': '0' }).end();
      return true;
    },
  };
}
