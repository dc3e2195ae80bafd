import { connect, type Socket } from 'node:net';

export interface Callers {
  /** Sends one request over every connection at the same moment; answers the bodies. */
  all(body: string): Promise<string[]>;
  /** Sends one request over the n-th connection. */
  one(n: number, body: string): Promise<string>;
  close(): void;
}

/** HTTP over so many kept connections, in turn to each address. With a client that did more, most of the time would be its own. */
export async function openCallers(urls: readonly string[], count: number, key: string): Promise<Callers> {
  const lines = await Promise.all(
    Array.from({ length: count }, (_, i) => openLine(new URL(urls[i % urls.length] ?? ''))),
  );
  const requestOf = (body: string) =>
    Buffer.from(
      `POST /graphql HTTP/1.1\r\nhost: repeats\r\ncontent-type: application/json\r\nauthorization: Bearer ${key}\r\n` +
        `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  return {
    all(body) {
      const request = requestOf(body);
      return Promise.all(lines.map((line) => line(request)));
    },
    one: (n, body) => (lines[n % count] as Line)(requestOf(body)),
    close() {
      for (const { socket } of lines) socket.destroy();
    },
  };
}

interface Line {
  (request: Buffer): Promise<string>;
  readonly socket: Socket;
}

/** One connection with one request at a time. */
async function openLine({ hostname, port }: URL): Promise<Line> {
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  let received = '';
  let waiting: PromiseWithResolvers<string> | null = null;
  socket.setEncoding('utf8');
  socket.on('error', (error) => waiting?.reject(error));
  socket.on('close', () => waiting?.reject(new Error('a node has closed a connection')));
  socket.on('data', (text: string) => {
    received += text;
    const head = received.indexOf('\r\n\r\n');
    if (head < 0 || waiting === null) return;
    const [, length] = /\r\ncontent-length: (\d+)\r\n/i.exec(received.slice(0, head + 2)) ?? [];
    if (length === undefined) return waiting.reject(new Error(`no length: ${received}`));
    const body = received.slice(head + 4);
    if (Buffer.byteLength(body) < Number(length)) return;
    received = '';
    const { resolve } = waiting;
    waiting = null;
    resolve(body);
  });
  const line = (request: Buffer) => {
    waiting = Promise.withResolvers<string>();
    socket.write(request);
    return waiting.promise;
  };
  return Object.assign(line, { socket });
}
