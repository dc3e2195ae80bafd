import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sign } from '../../src/webhooks/signature.ts';

export interface Received {
  readonly id: string;
  readonly timestamp: number;
  readonly signatures: readonly string[];
  readonly text: string;
  readonly type: string;
  readonly data: {
    readonly cursor: string;
    readonly jobs?: readonly { readonly uuid: string; readonly state: string }[];
    readonly analyses?: readonly { readonly id: string; readonly ticker: string; readonly score: number }[];
  };
}

type Answer = (response: ServerResponse, message: Received) => void;

export interface Receiver {
  readonly url: string;
  /** All messages that came whole, in their order. */
  readonly messages: Received[];
  /** What it does with the next messages. */
  answer: Answer;
  close(): Promise<void>;
}

export const good: Answer = (response) => void response.writeHead(204).end();

/** A real receiver of webhooks on a free local port. */
export async function startReceiver(): Promise<Receiver> {
  const messages: Received[] = [];
  const server = createServer(async (request, response) => {
    response.on('error', () => undefined);
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const text = Buffer.concat(parts).toString();
    const message: Received = {
      ...(JSON.parse(text) as Pick<Received, 'type' | 'data'>),
      text,
      id: String(request.headers['webhook-id']),
      timestamp: Number(request.headers['webhook-timestamp']),
      signatures: String(request.headers['webhook-signature']).split(' '),
    };
    messages.push(message);
    receiver.answer(response, message);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`,
    messages,
    answer: good,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return receiver;
}

/** What a receiver owes: the signature is one of this secret, over the text as it came, and not older than five minutes. */
export function isSignedBy(secret: string, { id, timestamp, text, signatures }: Received): boolean {
  const fresh = Math.abs(Date.now() / 1_000 - timestamp) < 300;
  return fresh && signatures.includes(sign(secret, id, timestamp, text));
}
