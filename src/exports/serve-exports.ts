import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Access } from '../access/access.ts';
import { type Action, inAction, type NoteRefusal, type Target } from '../audit/action.ts';
import type { LineFormat } from '../db/line.ts';
import { isTransient } from '../db/retry.ts';
import { NotFoundError, UserError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { type Rates, rateHeaders } from '../rates/rate.ts';
import { chargeRows, OutOfPointsError } from './charge-rows.ts';
import { type Exported, FORMATS } from './exported.ts';
import { type ExportLimits, exportLimits, streamExport } from './stream-export.ts';

/** A whole file, for what is small. */
export interface ExportedFile {
  readonly name: string;
  readonly type: string;
  readonly body: Uint8Array;
}

/** What can be exported, by the path behind `/export/`. Refusals are UserErrors. */
export interface ExportRoutes {
  readonly streams: Readonly<
    Record<string, (access: Access, query: URLSearchParams, format: LineFormat) => Promise<Exported>>
  >;
  readonly files: Readonly<Record<string, (access: Access, id: string) => Promise<ExportedFile>>>;
}

export interface Exports {
  isOne(request: IncomingMessage): boolean;
  serve(request: IncomingMessage, response: ServerResponse, access: Access): void;
}

const types: Readonly<Record<LineFormat, string>> = {
  jsonl: 'application/x-ndjson; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
};

/** Exports at a time and node: one uses up to a core of PostgreSQL. */
const MAX_AT_ONCE = 4;

/** Downloads under `/export/`: `<stream>.jsonl`, `<stream>.csv` and `<file>/<id>.xlsx`. */
export function createExports(deps: {
  readonly routes: ExportRoutes;
  readonly log: Logger;
  readonly rates: Rates;
  readonly limits?: ExportLimits;
  /** Writes down who exports what. */
  readonly record: (access: Access, target: Target) => Promise<void>;
  readonly noteRefusal: NoteRefusal;
}): Exports {
  const { routes, log, rates, limits = exportLimits, record, noteRefusal } = deps;
  let running = 0;

  async function serve(url: URL, response: ServerResponse, access: Access): Promise<void> {
    const charge = chargeRows(rates, access);
    // Whoever has no points has nothing read.
    await charge.begin(1);
    const [name = '', ending = ''] = splitEnding(nameOf(url));
    const open = Object.hasOwn(routes.streams, name) ? routes.streams[name] : undefined;
    if (open !== undefined && isFormat(ending)) {
      const exported = await open(access, url.searchParams, ending);
      const after = url.searchParams.get('after');
      // Read before the head is sent, so that a refusal or a fault of the database is still a status.
      const first = await exported.read(after ?? exported.start, limits.chunkRows);
      await charge.begin(first.rows);
      await record(access, targetOf(url));
      writeHead(response, types[ending], `${exported.name}.${ending}`);
      const began = performance.now();
      const from = { first, resumed: after !== null };
      const told = await streamExport(response, exported, ending, from, limits, charge.goOn);
      log.info({ export: name, ...told, ms: Math.round(performance.now() - began) }, 'export ended');
      return;
    }
    const [folder = '', id = ''] = name.split('/');
    const file = Object.hasOwn(routes.files, folder) ? routes.files[folder] : undefined;
    if (file === undefined || ending !== 'xlsx') throw new NotFoundError('There is no such export.');
    const { name: fileName, type, body } = await file(access, decoded(id));
    await record(access, targetOf(url));
    writeHead(response, type, fileName);
    response.end(body);
  }

  return {
    // Looked at as it is: `//` is no address, and URL would throw.
    isOne: ({ url }) => url?.startsWith('/export/') === true,
    serve(request, response, access) {
      const url = new URL(request.url ?? '', 'http://localhost');
      const action = actionOf(request, url, access, routes);
      const note = (code: string) => noteRefusal({ ...action, code, target: null });
      const refusal = refusalOf(request, running, access);
      if (refusal !== null) {
        if (refusal[1] === 'FORBIDDEN') note('FORBIDDEN');
        return refuse(response, ...refusal);
      }
      running += 1;
      inAction(action, () => serve(url, response, access))
        .catch((error: unknown) => {
          if (!response.headersSent && !(error instanceof OutOfPointsError)) note(codeOf(error));
          fail(response, error, action.correlationId, log);
        })
        .finally(() => {
          running -= 1;
        });
    },
  };
}

const nameOf = (url: URL) => url.pathname.slice('/export/'.length);

/** `export.analyses`, `export.trades`, `export.analysis`; of what is no export, `export`: nobody makes names for the log. */
function actionOf(
  { headers, socket }: IncomingMessage,
  url: URL,
  access: Access,
  { streams, files }: ExportRoutes,
): Action & { correlationId: string } {
  const [, name = ''] = /^(\w+)[./]/.exec(nameOf(url)) ?? [];
  const isKnown = Object.hasOwn(streams, name) || Object.hasOwn(files, name);
  const { workspaceId, keyId, subject } = access;
  return {
    ...{ workspaceId, keyId, subject },
    name: isKnown ? `export.${name}` : 'export',
    correlationId: headers['x-request-id']?.toString() ?? crypto.randomUUID(),
    address: socket.remoteAddress ?? null,
  };
}

/** What is exported, with its filter: the address without what is the same in all. */
const targetOf = (url: URL): Target => ({
  type: 'Export',
  ids: [`${nameOf(url)}${url.search}`.replaceAll('\0', '').slice(0, 500)],
});

function codeOf(error: unknown): string {
  if (error instanceof UserError) return error.code;
  return isTransient(error) ? 'UNAVAILABLE' : 'INTERNAL';
}

/** A link of another site may not start an export in the name of whoever clicks it. */
function refusalOf(
  request: IncomingMessage,
  running: number,
  { scopes }: Access,
): [number, string, string] | null {
  if (!scopes.has('results:read')) return [403, 'FORBIDDEN', 'An export needs the scope results:read.'];
  if (request.method !== 'GET') return [405, 'BAD_REQUEST', 'An export is a GET.'];
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none')
    return [403, 'BAD_REQUEST', 'Another site may not start an export.'];
  if (running >= MAX_AT_ONCE)
    return [429, 'LIMIT_EXCEEDED', `At most ${MAX_AT_ONCE} exports run at a time; try again.`];
  return null;
}

const isFormat = (text: string): text is LineFormat => (FORMATS as readonly string[]).includes(text);

function splitEnding(path: string): readonly [string, string] {
  const dot = path.lastIndexOf('.');
  return dot < 0 ? [path, ''] : [path.slice(0, dot), path.slice(dot + 1)];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new NotFoundError('There is no such export.');
  }
}

function writeHead(response: ServerResponse, type: string, name: string): void {
  response.writeHead(200, {
    'content-type': type,
    'content-disposition': `attachment; filename="${name}"`,
    'cache-control': 'no-store',
  });
}

function refuse(
  response: ServerResponse,
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    ...(status === 429 || status === 503 ? { 'retry-after': '1' } : {}),
    ...headers,
  });
  response.end(JSON.stringify({ error: { code, message } }));
}

/** Before the head an answer; after it the connection is cut, which every client notices: the last chunk is missing. */
function fail(response: ServerResponse, error: unknown, correlationId: string, log: Logger): void {
  if (response.headersSent || response.destroyed) {
    log.warn({ err: error }, 'an export was cut off');
    response.destroy();
    return;
  }
  if (error instanceof OutOfPointsError) {
    const retryAfter = String(Math.max(1, Math.ceil(error.retryAfterMs / 1_000)));
    refuse(response, 429, 'RATE_LIMITED', error.message, {
      'retry-after': retryAfter,
      ...rateHeaders(error.state),
    });
    return;
  }
  if (error instanceof UserError) {
    const status = error instanceof NotFoundError ? 404 : 400;
    refuse(response, status, error.code, error.message);
    return;
  }
  log.error({ err: error, correlationId }, 'an export failed');
  if (isTransient(error))
    refuse(response, 503, 'UNAVAILABLE', `The database is not available at the moment (${correlationId}).`);
  else refuse(response, 500, 'INTERNAL', `Unexpected error (correlation id ${correlationId}).`);
}
