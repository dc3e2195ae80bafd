import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { chooseCoding, isAmongTags } from '../content-coding.ts';
import { piecesOf } from '../execution/pieces.ts';
import { policyOf } from './page-policy.ts';
import { type Example, type GraphiqlPage, renderGraphiql } from './render-graphiql.ts';

export function asksForPage({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && (headers.accept ?? '').includes('text/html');
}

/**
 * Serves the page as such, without the API behind it and to everybody. The page is rendered and compressed once, when a browser asks for it first,
 * and every response sends those bytes: a client that does not read them holds no memory of its own.
 */
export function createGraphiql(
  examples: readonly Example[],
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  let rendered: Promise<GraphiqlPage> | null = null;

  return async (request, response) => {
    rendered ??= renderGraphiql(examples).catch((error: unknown) => {
      rendered = null;
      throw error;
    });
    const { plain, gzipped, scriptHash } = await rendered;
    const isGzipped = chooseCoding(request.headers['accept-encoding'], ['gzip']) !== null;
    const { bytes, etag } = isGzipped ? gzipped : plain;
    response.setHeader('Content-Security-Policy', policyOf(scriptHash, request.headers.host));
    response.appendHeader('Vary', 'Accept, Accept-Encoding');
    response.setHeader('ETag', etag);
    // A browser keeps the page and asks whether it is still the same one.
    response.setHeader('Cache-Control', 'no-cache');
    if (isAmongTags(etag, request.headers['if-none-match'])) {
      response.writeHead(304).end();
      return;
    }
    response.writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      'content-length': bytes.length,
      ...(isGzipped && { 'content-encoding': 'gzip' }),
    });
    const pieces = Readable.from(piecesOf(bytes), { objectMode: false });
    response.once('close', () => pieces.destroy());
    pieces.pipe(response);
  };
}
