import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Looks at bytes before they go on. `CUT`: they do not, and both sides see the connection break. */
export type Look = (bytes: Buffer) => 'PASS' | 'CUT';

export interface WireProxy {
  /** Connection string that leads through the proxy. */
  readonly url: string;
  /** Bytes from clients to the server; may be replaced at any time. */
  toServer: Look;
  /** Bytes from the server to clients. */
  toClient: Look;
  close(): Promise<void>;
}

/** A TCP proxy before a PostgreSQL server. The protocol is not encrypted on loopback, so statements can be seen in it. */
export async function startWireProxy(databaseUrl: string): Promise<WireProxy> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    const ends = [client, upstream];
    const cut = () => {
      for (const socket of ends) socket.destroy();
    };
    for (const socket of ends) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', cut);
      socket.on('close', () => {
        sockets.delete(socket);
        cut();
      });
    }
    client.on('data', (bytes) => (proxy.toServer(bytes) === 'CUT' ? cut() : upstream.write(bytes)));
    upstream.on('data', (bytes) => (proxy.toClient(bytes) === 'CUT' ? cut() : client.write(bytes)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const proxy: WireProxy = {
    url: Object.assign(new URL(databaseUrl), { hostname: '127.0.0.1', port: String(port) }).href,
    toServer: () => 'PASS',
    toClient: () => 'PASS',
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
  return proxy;
}

/** Cuts the connection whose commit has just succeeded, before the client hears of it; once. */
export function loseCommitReply(proxy: WireProxy): Promise<void> {
  const lost = Promise.withResolvers<void>();
  proxy.toClient = (bytes) => {
    if (!bytes.includes('COMMIT\0')) return 'PASS';
    proxy.toClient = () => 'PASS';
    lost.resolve();
    return 'CUT';
  };
  return lost.promise;
}
