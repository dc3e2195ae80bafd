import { createSocket } from 'node:dgram';
import { once } from 'node:events';

export interface DnsServer {
  /** `<address>:<port>`. */
  readonly server: string;
  /** Names that were asked for, each once, in the order of the first request. */
  readonly asked: ReadonlySet<string>;
  close(): Promise<void>;
}

const A = 1;
const NAME_ERROR = 3;

/**
 * A name server (RFC 1035) that gives the names of `known` their IPv4 address, says of names that begin with `absent` that there are none, and
 * never responds to other requests.
 */
export async function startDnsServer(known: Readonly<Record<string, string>>): Promise<DnsServer> {
  const asked = new Set<string>();
  const socket = createSocket('udp4');
  socket.on('message', (request, { port, address }) => {
    const { name, type, end } = questionOf(request);
    asked.add(name);
    const known4 = known[name];
    if (known4 === undefined && !name.startsWith('absent')) return;
    const answers = type === A && known4 !== undefined ? [recordOf(known4)] : [];
    const head = Buffer.from(request.subarray(0, 12));
    head.writeUInt16BE(0x8180 | (known4 === undefined ? NAME_ERROR : 0), 2);
    head.writeUInt16BE(answers.length, 6);
    head.writeUInt32BE(0, 8);
    socket.send(Buffer.concat([head, request.subarray(12, end), ...answers]), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    server: `127.0.0.1:${socket.address().port}`,
    asked,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

function questionOf(request: Buffer): { readonly name: string; readonly type: number; readonly end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = request[at] ?? 0; length > 0; length = request[at] ?? 0) {
    labels.push(request.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), type: request.readUInt16BE(at + 1), end: at + 5 };
}

/** An address record that names the question's name by a pointer and lives for no time. */
function recordOf(address: string): Buffer {
  const fixed = Buffer.from([0xc0, 12, 0, A, 0, 1, 0, 0, 0, 0, 0, 4]);
  return Buffer.concat([fixed, Buffer.from(address.split('.').map(Number))]);
}
