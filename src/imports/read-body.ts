import type { IncomingMessage } from 'node:http';

export class TooLargeError extends Error {
  override readonly name = 'TooLargeError';
  constructor(limit: number) {
    super(`A file has at most ${limit} bytes: compress it with gzip, or send it in parts with mode=append.`);
  }
}

/** The whole body. Rejects with TooLargeError as soon as more than `limit` bytes have come or are announced, or when the client breaks off. */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > limit) throw new TooLargeError(limit);
  const parts: Buffer[] = [];
  let size = 0;
  // Left with the connection, which the response closes, when it is too long.
  for await (const part of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += part.byteLength;
    if (size > limit) throw new TooLargeError(limit);
    parts.push(part);
  }
  return Buffer.concat(parts, size);
}
