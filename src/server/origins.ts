import type { IncomingMessage, ServerResponse } from 'node:http';

export interface Origins {
  /** The page that sent this may talk to us: one of our own, of an allowed origin, or no page at all. */
  allows(request: IncomingMessage): boolean;
  /** A browser says that a page of another site sent this, and its origin is not allowed. */
  isOfOtherSite(request: IncomingMessage): boolean;
  /**
   * Says to browsers what an allowed foreign page may do, and nothing to others. Returns true when it has ended the request: it was a preflight, or
   * it asked for this server by a name that is not this machine's.
   */
  answer(request: IncomingMessage, response: ServerResponse): boolean;
}

const ASKED_HEADERS =
  'authorization, content-encoding, content-type, graphql-preflight, last-event-id, x-graphql-client, x-request-id';
const SHOWN_HEADERS = 'content-disposition, ratelimit, ratelimit-policy, retry-after, x-request-id';

/** What a foreign page may do under this address. */
const methodsOf = (url: string | undefined) =>
  url?.startsWith('/import/') === true ? 'GET, PUT, DELETE' : 'GET, POST';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i;

/**
 * Origins as `https://app.example`; programs send none. Credentials travel in `Authorization` alone, so cookies are never allowed. With
 * `onlyThisMachine` the Host header must name this machine: a foreign page can make its own name point here (DNS rebinding), and the browser then
 * takes this server for the page's own.
 */
export function createOrigins(
  allowed: readonly string[],
  { onlyThisMachine }: { readonly onlyThisMachine: boolean },
): Origins {
  const foreign = new Set(allowed);
  const isForeign = (request: IncomingMessage) => foreign.has(request.headers.origin ?? '');
  const isNamed = ({ headers }: IncomingMessage) => !onlyThisMachine || LOOPBACK.test(headers.host ?? '');
  return {
    allows(request) {
      if (!isNamed(request)) return false;
      const { origin, host } = request.headers;
      if (origin === undefined || origin === '') return true;
      return isForeign(request) || (URL.canParse(origin) && new URL(origin).host === host);
    },
    isOfOtherSite(request) {
      const site = request.headers['sec-fetch-site']?.toString();
      return site !== undefined && site !== 'same-origin' && site !== 'none' && !isForeign(request);
    },
    answer(request, response) {
      if (!isNamed(request)) {
        const message =
          'This server accepts requests from its own machine only: use the host name 127.0.0.1 or localhost.';
        const errors = [{ message, extensions: { code: 'FORBIDDEN' } }];
        response.writeHead(403, { 'content-type': 'application/json' }).end(JSON.stringify({ errors }));
        return true;
      }
      if (foreign.size > 0) response.setHeader('Vary', 'Origin');
      if (isForeign(request)) {
        response.setHeader('Access-Control-Allow-Origin', request.headers.origin ?? '');
        response.setHeader('Access-Control-Expose-Headers', SHOWN_HEADERS);
      }
      if (request.method !== 'OPTIONS') return false;
      if (isForeign(request)) {
        response.setHeader('Access-Control-Allow-Methods', methodsOf(request.url));
        response.setHeader('Access-Control-Allow-Headers', ASKED_HEADERS);
        response.setHeader('Access-Control-Max-Age', '600');
      }
      response.writeHead(204, { 'content-length': '0' }).end();
      return true;
    },
  };
}
