import { connect, type Socket } from 'node:net';

export interface RawSocket {
  readonly tcp: Socket;
  /** Sends a text message. */
  send(text: string): void;
}

/** One for all sockets of the process: what arrives is looked at before the next arrives. */
const inbox = Buffer.alloc(262_144);

/**
 * A websocket as cheap as it gets: its frames are counted or looked at where they lie, pings are answered, nothing else is done. Rejects when the
 * server refuses.
 */
export function openRaw(
  port: number,
  onText: (payload: Buffer) => void,
  onClose: (code: number | null) => void = () => undefined,
): Promise<RawSocket> {
  return new Promise((resolve, reject) => {
    let code: number | null = null;
    let take: ((chunk: Buffer) => void) | null = null;
    let greeting = '';
    const read = frameReader((opcode, payload) => {
      if (opcode === 1) onText(payload);
      else if (opcode === 9) tcp.write(clientFrame(0x8a, payload));
      else if (opcode === 8 && payload.length >= 2) code = payload.readUInt16BE(0);
    });
    const tcp = connect({
      port,
      host: '127.0.0.1',
      onread: {
        buffer: inbox,
        callback(size) {
          const chunk = inbox.subarray(0, size);
          if (take !== null) take(chunk);
          else greet(chunk);
          return true;
        },
      },
    });
    function greet(chunk: Buffer): void {
      greeting += chunk.toString('latin1');
      const end = greeting.indexOf('\r\n\r\n');
      if (end < 0) return;
      if (!greeting.startsWith('HTTP/1.1 101')) {
        reject(new Error(greeting.slice(0, greeting.indexOf('\r\n'))));
        tcp.destroy();
        return;
      }
      take = read;
      resolve({ tcp, send: (text) => void tcp.write(clientFrame(0x81, Buffer.from(text))) });
      const rest = Buffer.from(greeting.slice(end + 4), 'latin1');
      if (rest.length > 0) read(rest);
    }
    tcp.setNoDelay(true);
    tcp.on('error', reject);
    tcp.on('close', () => onClose(code));
    tcp.on('connect', () =>
      tcp.write(
        `GET /graphql HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n`,
      ),
    );
  });
}

/** Cuts what arrives into frames (RFC 6455, 5.2). */
function frameReader(onFrame: (opcode: number, payload: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer | null = null;
  return (chunk) => {
    const bytes: Buffer = rest === null ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    while (bytes.length - at >= 2) {
      let length = (bytes[at + 1] ?? 0) & 127;
      const head = length < 126 ? 2 : length === 126 ? 4 : 10;
      if (bytes.length - at < head) break;
      if (length === 126) length = bytes.readUInt16BE(at + 2);
      else if (length === 127) length = Number(bytes.readBigUInt64BE(at + 2));
      if (bytes.length - at < head + length) break;
      onFrame((bytes[at] ?? 0) & 15, bytes.subarray(at + head, at + head + length));
      at += head + length;
    }
    // A copy: the inbox belongs to the next socket now.
    rest = at === bytes.length ? null : Buffer.from(bytes.subarray(at));
  };
}

/** A client must mask; with a key of zeros the payload is what it was. */
function clientFrame(first: number, payload: Buffer): Buffer {
  const long = payload.length > 125;
  const head = Buffer.alloc(long ? 8 : 6);
  head[0] = first;
  head[1] = 0x80 | (long ? 126 : payload.length);
  if (long) head.writeUInt16BE(payload.length, 2);
  return Buffer.concat([head, payload]);
}
