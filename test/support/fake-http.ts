import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FakeServer {
  readonly origin: string;
  /** Path, query and headers of every request so far. */
  readonly requests: {
    readonly url: URL;
    readonly headers: IncomingMessage['headers'];
    readonly at: number;
  }[];
  /** Requests being answered now, and the most that ever were at once. */
  readonly open: { now: number; most: number };
  close(): Promise<void>;
}

/** An HTTP server on a free local port. */
export async function startFake(
  answer: (url: URL, response: ServerResponse, request: IncomingMessage) => void | Promise<void>,
): Promise<FakeServer> {
  const requests: FakeServer['requests'] = [];
  const open = { now: 0, most: 0 };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://fake');
    requests.push({ url, headers: request.headers, at: performance.now() });
    open.now += 1;
    open.most = Math.max(open.most, open.now);
    response.on('close', () => {
      open.now -= 1;
    });
    void answer(url, response, request);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    open,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
