import type { IncomingMessage, ServerResponse } from 'node:http';
import { chooseCoding, isAmongTags } from '../content-coding.ts';
import { consolePolicyOf, isConsolePath } from './page.ts';
import { type BuiltFile, readBuild } from './read-build.ts';

/** Serves a file of the console; returns false when the request asks for something else. */
export type ServeConsole = (request: IncomingMessage, response: ServerResponse) => boolean;

/**
 * The console in `folder`, a static page that everybody may load: it contains no data and no key. All responses send the same bytes, so that a
 * client that does not read them holds no memory of its own. Returns null when the console is not built.
 */
export async function openConsole(folder: string): Promise<ServeConsole | null> {
  const files = await readBuild(folder);
  const page = files?.get('/index.html');
  if (files === null || page === undefined) return null;
  return (request, response) => {
    const { method, headers } = request;
    if (method !== 'GET' && method !== 'HEAD') return false;
    const path = request.url?.split('?')[0] ?? '/';
    const isPage = isConsolePath(path) && (headers.accept ?? '').includes('text/html');
    const file = isPage ? page : path === '/index.html' ? undefined : files.get(path);
    if (file === undefined) return false;
    send(file, request, response);
    return true;
  };
}

function send(file: BuiltFile, request: IncomingMessage, response: ServerResponse): void {
  const offered = (['br', 'gzip'] as const).filter((one) => file.bodies[one] !== undefined);
  const coding = chooseCoding(request.headers['accept-encoding'], offered) ?? 'identity';
  const { bytes, etag } = file.bodies[coding] ?? file.bodies.identity;
  if (file.type.startsWith('text/html'))
    response.setHeader('Content-Security-Policy', consolePolicyOf(request.headers.host));
  response.appendHeader('Vary', 'Accept, Accept-Encoding');
  response.setHeader('ETag', etag);
  // A browser keeps the page and asks whether it is still the same one; its files have a hash in their names.
  response.setHeader('Cache-Control', file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache');
  if (isAmongTags(etag, request.headers['if-none-match'])) {
    response.writeHead(304).end();
    return;
  }
  response.writeHead(200, {
    'content-type': file.type,
    'content-length': bytes.length,
    ...(coding !== 'identity' && { 'content-encoding': coding }),
  });
  response.end(bytes);
}
