import type { IncomingMessage, ServerResponse } from 'node:http';
import { withPolicy } from './page-policy.ts';

export interface Example {
  readonly title: string;
  readonly query: string;
  readonly variables?: string;
}

/** Who gets GraphiQL. With a key, the page sends it: for browsers of this machine only. */
export interface GraphiqlOptions {
  readonly examples: readonly Example[];
  readonly key: string | null;
}

export function asksForPage({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && (headers.accept ?? '').includes('text/html');
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i;

/**
 * The page as such, without the API behind it. One that carries a key is told to browsers that have asked for this machine by its own name:
 * a foreign name that was made to point here (DNS rebinding) stands in the Host header, and gets none.
 */
export async function serveGraphiql(
  { examples, key }: GraphiqlOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (key !== null && !LOOPBACK.test(request.headers.host ?? '')) {
    response.writeHead(403, { 'content-type': 'text/plain' });
    response.end('GraphiQL with the development key is for this machine: open it at http://127.0.0.1.\n');
    return;
  }
  // Loaded when a browser asks: the page is 9 MB of inlined script.
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  const text = renderGraphiQL({
    title: 'TheTool',
    // Over SSE the headers of the editor travel with a subscription; over a websocket only what the page is given.
    ...(key === null
      ? { subscriptionsProtocol: 'SSE' as const }
      : {
          subscriptionsProtocol: 'WS' as const,
          additionalHeaders: { authorization: `Bearer ${key}` },
          connectionParams: { authorization: `Bearer ${key}` },
        }),
    defaultTabs: examples.map(({ query, variables = '{}' }) => ({ query, variables })),
  });
  const { page, policy } = withPolicy(text, request.headers.host);
  response.setHeader('Content-Security-Policy', policy);
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
  response.end(page);
}
