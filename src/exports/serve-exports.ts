import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline, Readable, type Writable } from 'node:stream';
import type { Access } from '../access.ts';
import { type Action, inAction, type NoteRefusal, type Target } from '../action.ts';
import { createEncoder } from '../compress.ts';
import { CODINGS, chooseCoding } from '../content-coding.ts';
import type { LineFormat } from '../db/line.ts';
import type { ErrorCode } from '../error-codes.ts';
import { NotFoundError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { Rates } from '../rates/rate.ts';
import { createSlots } from '../rates/slots.ts';
import { chargeRows } from './charge-rows.ts';
import { type Exported, FORMATS } from './exported.ts';
import { piecesOf } from './pieces.ts';
import { single } from './query.ts';
import { codeOf, createOpenCounter, fail, type IsOfOtherSite, isForNow, refuse } from './refuse-request.ts';
import type { HttpStatus } from './statuses.ts';
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
  /** Exports have a limit of their own for clients that do not read. */
  readonly watchesClients: true;
  isOne(request: IncomingMessage): boolean;
  serve(request: IncomingMessage, response: ServerResponse, access: Access, address: string): void;
}

const types: Readonly<Record<LineFormat, string>> = {
  jsonl: 'application/x-ndjson; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
};

/** Statements of exports at a time and node: each uses up to a core of PostgreSQL. Half of them are left to other workspaces. */
const STATEMENTS = { total: 4, perOwner: 2 };
/** Open exports at a time and node, also those whose readers are slow: each holds up to two chunks in memory. */
const MAX_OPEN = { ofKey: 4, ofWorkspace: 8, ofNode: 64 };

/** Downloads under `/export/`: `<stream>.jsonl`, `<stream>.csv` and `<file>/<id>.xlsx`. */
export function createExports(deps: {
  readonly routes: ExportRoutes;
  readonly log: Logger;
  readonly rates: Rates;
  readonly limits?: ExportLimits;
  /** Cuts off, until the response is closed, a client that takes no byte of it for long; also after the last line was written. */
  readonly watch: (response: ServerResponse) => void;
  /** Writes down who exports what. */
  readonly record: (access: Access, target: Target) => Promise<void>;
  readonly noteRefusal: NoteRefusal;
  readonly isOfOtherSite: IsOfOtherSite;
}): Exports {
  const { routes, log, rates, limits = exportLimits, watch, record, noteRefusal, isOfOtherSite } = deps;
  const slots = createSlots(STATEMENTS);
  const countOpen = createOpenCounter('exports', MAX_OPEN);

  /** The same rows, each chunk read when a slot is free: a slow reader holds no slot. */
  function inSlots(exported: Exported, { workspaceId }: Access): Exported {
    return {
      ...exported,
      read: (after, size) => slots.run(workspaceId, () => exported.read(after, size)),
    };
  }

  async function serve(
    url: URL,
    request: IncomingMessage,
    response: ServerResponse,
    access: Access,
  ): Promise<void> {
    const charge = chargeRows(rates, access);
    // A key without points has nothing read, and takes no place of others.
    await charge.begin(1);
    countOpen(access, response);
    const [name = '', ending = ''] = splitEnding(nameOf(url));
    const open = Object.hasOwn(routes.streams, name) ? routes.streams[name] : undefined;
    if (open !== undefined && isFormat(ending)) {
      const exported = inSlots(await open(access, url.searchParams, ending), access);
      const after = single(url.searchParams, 'after') ?? null;
      // Read before the head is sent, so that a refusal or a fault of the database is still a status.
      const first = await exported.read(after ?? exported.start, limits.chunkRows);
      await charge.begin(first.rows);
      await record(access, targetOf(url));
      const out = writeTable(request, response, types[ending], `${exported.name}.${ending}`);
      const began = performance.now();
      const from = { first, resumed: after !== null };
      const told = await streamExport(out, exported, ending, from, limits, charge.goOn);
      log.info({ export: name, ...told, ms: Math.round(performance.now() - began) }, 'export ended');
      return;
    }
    const [folder = '', id = ''] = name.split('/');
    const file = Object.hasOwn(routes.files, folder) ? routes.files[folder] : undefined;
    if (file === undefined || ending !== 'xlsx')
      throw new NotFoundError(`There is no export with this name. Exports: ${listExports(routes)}.`);
    const {
      name: fileName,
      type,
      body,
    } = await slots.run(access.workspaceId, () => file(access, decoded(id)));
    await record(access, targetOf(url));
    writeHead(response, type, fileName);
    // The watch sees to a client that does not read; a connection that breaks closes the response.
    pipeline(Readable.from(piecesOf(body), { objectMode: false }), response, () => undefined);
  }

  return {
    // Looked at as it is: `//` is no address, and URL would throw.
    isOne: ({ url }) => url?.startsWith('/export/') === true,
    watchesClients: true,
    serve(request, response, access, address) {
      watch(response);
      const url = new URL(request.url ?? '', 'http://localhost');
      const action = actionOf(request, url, access, routes, address);
      const note = (code: string) => noteRefusal({ ...action, code, target: null });
      const refusal = refusalOf(request, access, isOfOtherSite);
      if (refusal !== null) {
        if (refusal[1] === 'FORBIDDEN') note('FORBIDDEN');
        return refuse(response, ...refusal);
      }
      inAction(action, () => serve(url, request, response, access)).catch((error: unknown) => {
        if (!response.headersSent && !isForNow(error)) note(codeOf(error));
        fail(response, error, 'an export', action.correlationId, log);
      });
    },
  };
}

/** The paths of all exports. */
function listExports({ streams, files }: ExportRoutes): string {
  const tables = Object.keys(streams).flatMap((name) => FORMATS.map((format) => `/export/${name}.${format}`));
  const reports = Object.keys(files).map((name) => `/export/${name}/<id>.xlsx`);
  return [...tables, ...reports].join(', ');
}

const nameOf = (url: URL) => url.pathname.slice('/export/'.length);

/** `export.analyses`, `export.trades`, `export.analysis`; of what is no export, `export`: nobody makes names for the log. */
function actionOf(
  { headers }: IncomingMessage,
  url: URL,
  access: Access,
  { streams, files }: ExportRoutes,
  address: string,
): Action & { correlationId: string } {
  const [, name = ''] = /^(\w+)[./]/.exec(nameOf(url)) ?? [];
  const isKnown = Object.hasOwn(streams, name) || Object.hasOwn(files, name);
  const { workspaceId, keyId, subject } = access;
  return {
    ...{ workspaceId, keyId, subject },
    name: isKnown ? `export.${name}` : 'export',
    correlationId: headers['x-request-id']?.toString() ?? crypto.randomUUID(),
    address: address === '' ? null : address,
  };
}

/** What is exported, with its filter: the address without what is the same in all. */
const targetOf = (url: URL): Target => ({
  type: 'Export',
  ids: [`${nameOf(url)}${url.search}`.replaceAll('\0', '').slice(0, 500)],
});

/** A link of another site may not start an export with the credential of the user who clicks it. */
function refusalOf(
  request: IncomingMessage,
  { scopes }: Access,
  isOfOtherSite: IsOfOtherSite,
): [HttpStatus, ErrorCode, string] | null {
  if (!scopes.has('results:read')) return [403, 'FORBIDDEN', 'An export needs the scope results:read.'];
  if (request.method !== 'GET') return [405, 'BAD_REQUEST', 'An export requires the method GET.'];
  if (isOfOtherSite(request))
    return [
      403,
      'BAD_REQUEST',
      'A page of another site must not start an export unless ALLOWED_ORIGINS has its origin.',
    ];
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
    throw new NotFoundError('There is no export with this name.');
  }
}

/** Begins the response of a table and returns where its rows go: compressed as the client asks, in the memory of one encoder. */
function writeTable(
  { headers }: IncomingMessage,
  response: ServerResponse,
  type: string,
  name: string,
): Writable {
  const coding = chooseCoding(headers['accept-encoding'], CODINGS);
  response.appendHeader('Vary', 'Accept-Encoding');
  writeHead(response, type, name, coding === null ? {} : { 'content-encoding': coding });
  if (coding === null) return response;
  const encoder = createEncoder(coding);
  // Each ends the other: a client that has gone ends the export, and an export that fails ends its response.
  pipeline(encoder, response, () => undefined);
  return encoder;
}

function writeHead(
  response: ServerResponse,
  type: string,
  name: string,
  others: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(200, {
    ...others,
    'content-type': type,
    'content-disposition': `attachment; filename="${name}"`,
    'cache-control': 'no-store',
  });
}
