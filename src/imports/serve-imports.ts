import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Access } from '../access.ts';
import { type Action, inAction, type NoteRefusal } from '../action.ts';
import type { ErrorCode } from '../error-codes.ts';
import { InvalidInputError, LimitExceededError, NotFoundError } from '../errors.ts';
import { chargeRows } from '../exports/charge-rows.ts';
import { checkParameters, single } from '../exports/query.ts';
import {
  codeOf,
  createOpenCounter,
  fail,
  type IsOfOtherSite,
  isForNow,
  refuse,
  TooManyOpenError,
} from '../exports/refuse-request.ts';
import type { HttpStatus } from '../exports/statuses.ts';
import { readSeriesName } from '../file-name.ts';
import type { Logger } from '../logger.ts';
import type { HoldResponse } from '../rates/budget.ts';
import type { Rates } from '../rates/rate.ts';
import { createSlots } from '../rates/slots.ts';
import { normaliseTicker } from '../ticker.ts';
import { type Page, readPage } from './page.ts';
import { readBody, TooLargeError } from './read-body.ts';

/** What a client asks to be imported. */
export interface ImportedFile {
  readonly ticker: string;
  readonly file: Uint8Array;
  readonly mode: 'REPLACE' | 'APPEND';
  readonly currency: string | null;
}

/** A response of JSON. 409: the bars contradict those that are stored; 422: the file cannot be read. */
export interface ImportResponse {
  readonly status: 200 | 201 | Extract<HttpStatus, 409 | 422>;
  readonly body: object;
}

/** What is done with the series of a workspace. */
export interface ImportRoutes {
  readonly put: (access: Access, file: ImportedFile, signal: AbortSignal) => Promise<ImportResponse>;
  /** Null: there is no such series. */
  readonly find: (access: Access, ticker: string) => Promise<object | null>;
  /** A page of the series, by ticker, and what they use of the quota. `next`: the `after` of the next page; null: this is the last one. */
  readonly list: (access: Access, page: Page) => Promise<SeriesPage>;
  /** False: there is no such series. */
  readonly remove: (access: Access, ticker: string) => Promise<boolean>;
}

export interface SeriesPage {
  readonly series: readonly object[];
  readonly next: string | null;
  readonly quota: object;
}

export interface Imports {
  /** The HTTP server disconnects clients that do not read these responses. */
  readonly watchesClients: false;
  isOne(request: IncomingMessage): boolean;
  serve(
    request: IncomingMessage,
    response: ServerResponse,
    access: Access,
    address: string,
    hold: HoldResponse,
  ): void;
}

/** Of a file; a century of daily bars is about 2 MB. */
const MAX_BYTES = 5_000_000;
/** Files that are read at a time and node, in reader processes. A workspace leaves a place to the others. */
const READS = { total: 2, perOwner: 1 };
/** Requests at a time and node, also those whose body comes slowly: each holds up to `MAX_BYTES` in memory. */
const MAX_OPEN = { ofKey: 2, ofWorkspace: 4, ofNode: 16 };
/** Statements of lists at a time and node; lists that are open count like imports, also those whose clients read slowly. */
const LISTS = { total: 4, perOwner: 1 };
/** Bytes of an import that cost a point: those of a line. */
const BYTES_PER_POINT = 50;
const PATH = '/import/candles';
const modes = { replace: 'REPLACE', append: 'APPEND' } as const;

/** Own bars of a workspace under `/import/candles/<ticker>`: PUT, GET and DELETE of a series, and GET of all. */
export function createImports(deps: {
  readonly routes: ImportRoutes;
  readonly log: Logger;
  readonly rates: Rates;
  readonly noteRefusal: NoteRefusal;
  readonly isOfOtherSite: IsOfOtherSite;
}): Imports {
  const { routes, log, rates, noteRefusal, isOfOtherSite } = deps;
  const slots = createSlots(READS);
  const countOpen = createOpenCounter('imports', MAX_OPEN);
  const listSlots = createSlots(LISTS);
  const countLists = createOpenCounter('lists of imported series', MAX_OPEN);

  async function put(
    request: IncomingMessage,
    response: ServerResponse,
    access: Access,
    { ticker, query }: Place,
    hold: HoldResponse,
  ): Promise<void> {
    const { mode, currency } = optionsOf(query);
    const stored = storedTickerOf(ticker);
    const charge = chargeRows(rates, access);
    await charge.begin(1);
    countOpen(access, response);
    const file = await readBody(request, MAX_BYTES);
    // The client may have left while it waited for its turn.
    const left = new AbortController();
    response.once('close', () => left.abort());
    await charge.begin(Math.ceil(file.byteLength / BYTES_PER_POINT));
    const { status, body } = await slots.run(access.workspaceId, () =>
      routes.put(access, { ticker: stored, file, mode, currency }, left.signal),
    );
    send(response, status, body, hold, true);
  }

  async function list(
    response: ServerResponse,
    access: Access,
    query: URLSearchParams,
    hold: HoldResponse,
  ): Promise<void> {
    const page = readPage(query);
    const charge = chargeRows(rates, access);
    await charge.begin(1);
    countLists(access, response);
    const body = await listSlots.run(access.workspaceId, () => routes.list(access, page));
    await charge.begin(body.series.length);
    send(response, 200, body, hold);
  }

  async function serve(
    request: IncomingMessage,
    response: ServerResponse,
    access: Access,
    place: Place,
    hold: HoldResponse,
  ): Promise<void> {
    if (request.method === 'PUT') return put(request, response, access, place, hold);
    if (place.ticker === '') return list(response, access, place.query, hold);
    await chargeRows(rates, access).begin(1);
    checkParameters(place.query, []);
    const ticker = tickerOf(place.ticker);
    const missing = new NotFoundError(
      `No bars of ${ticker} were imported: PUT /import/candles/${ticker} imports them.`,
    );
    if (request.method === 'GET') {
      const series = await routes.find(access, ticker);
      if (series === null) throw missing;
      return send(response, 200, series, hold);
    }
    if (!(await routes.remove(access, ticker))) throw missing;
    response.writeHead(204, { 'cache-control': 'no-store' }).end();
  }

  return {
    isOne: ({ url }) => url !== undefined && /^\/import\/candles(\/|\?|$)/.test(url),
    watchesClients: false,
    serve(request, response, access, address, hold) {
      const place = placeOf(request);
      const action = actionOf(request, access, address);
      const note = (code: string) => noteRefusal({ ...action, code, target: null });
      const refusal = refusalOf(request, access, place, isOfOtherSite);
      if (refusal !== null) {
        if (refusal[1] === 'FORBIDDEN') note('FORBIDDEN');
        return refuse(response, ...refusal, { connection: 'close' });
      }
      inAction(action, () => serve(request, response, access, place, hold)).catch((error: unknown) => {
        // The client has left, in the middle of its file or before the response: nobody was refused.
        if (request.readableAborted || response.destroyed) {
          response.destroy();
          return;
        }
        if (!isForNow(error)) note(codeOf(error));
        answerError(request, response, error, action.correlationId);
      });
    },
  };

  function answerError(
    request: IncomingMessage,
    response: ServerResponse,
    error: unknown,
    correlationId: string,
  ): void {
    // What is left of a body that nobody reads ends with the connection.
    if (!request.complete) response.setHeader('connection', 'close');
    if (error instanceof TooLargeError) refuse(response, 413, 'LIMIT_EXCEEDED', error.message);
    else if (error instanceof LimitExceededError) refuse(response, 422, error.code, error.message);
    else fail(response, error, 'an import', correlationId, log);
  }
}

interface Place {
  /** As it is in the address; empty: all series. */
  readonly ticker: string;
  readonly query: URLSearchParams;
}

function placeOf({ url }: IncomingMessage): Place {
  const { pathname, searchParams } = new URL(url ?? '', 'http://localhost');
  return { ticker: pathname.slice(PATH.length + 1), query: searchParams };
}

/** The ticker of a series to store. Throws InvalidInputError when the path ends with a file name, or with no ticker. */
function storedTickerOf(text: string): string {
  const { ticker, refusal } = readSeriesName(decode(text));
  if (ticker === null) throw new InvalidInputError('ticker', `${refusal.why} ${refusal.cure}`);
  return ticker;
}

/** The ticker of a stored series; an earlier version stored some under a file name. Throws InvalidInputError. */
function tickerOf(text: string): string {
  return normaliseTicker(decode(text)) ?? storedTickerOf(text);
}

/** A text that cannot be decoded is no ticker either. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Throws InvalidInputError. */
function optionsOf(query: URLSearchParams): Pick<ImportedFile, 'mode' | 'currency'> {
  checkParameters(query, ['mode', 'currency']);
  const asked = single(query, 'mode') ?? 'replace';
  const mode = Object.hasOwn(modes, asked) ? modes[asked as keyof typeof modes] : null;
  if (mode === null) throw new InvalidInputError('mode', 'mode must be replace or append.');
  const currency = single(query, 'currency') ?? null;
  if (currency !== null && !/^([A-Z]{3}|GBp|ZAc)$/.test(currency))
    throw new InvalidInputError(
      'currency',
      'currency must be a code of ISO 4217, such as USD, or GBp, GBX, ZAc or ILA for prices in hundredths.',
    );
  return { mode, currency };
}

function actionOf(
  { headers, method }: IncomingMessage,
  { workspaceId, keyId, subject }: Access,
  address: string,
): Action & { correlationId: string } {
  return {
    ...{ workspaceId, keyId, subject },
    name: method === 'DELETE' ? 'import.removeCandles' : 'import.candles',
    correlationId: headers['x-request-id']?.toString() ?? crypto.randomUUID(),
    address: address === '' ? null : address,
  };
}

/** Before anything of the body is read. */
function refusalOf(
  request: IncomingMessage,
  { scopes }: Access,
  { ticker }: Place,
  isOfOtherSite: IsOfOtherSite,
): [HttpStatus, ErrorCode, string] | null {
  const { method, headers } = request;
  const isRead = method === 'GET';
  if (!scopes.has('candles:write') && !(isRead && scopes.has('results:read')))
    return [403, 'FORBIDDEN', 'An import needs the scope candles:write.'];
  if (!isRead && (ticker === '' || (method !== 'PUT' && method !== 'DELETE')))
    return [405, 'BAD_REQUEST', 'PUT, GET and DELETE of /import/candles/<ticker>, GET of /import/candles.'];
  if (isOfOtherSite(request))
    return [
      403,
      'BAD_REQUEST',
      'A page of another site must not start an import unless ALLOWED_ORIGINS has its origin.',
    ];
  if (/^multipart\//i.test(headers['content-type'] ?? ''))
    return [415, 'BAD_REQUEST', 'Send the file itself as the body, without a form.'];
  if (!/^(identity|gzip|)$/i.test(headers['content-encoding'] ?? ''))
    return [415, 'BAD_REQUEST', 'The body may be compressed by gzip only.'];
  return null;
}

/** Throws TooManyOpenError when too much waits for clients that do not read, unless the response must be sent. */
function send(
  response: ServerResponse,
  status: number,
  body: object,
  hold: HoldResponse,
  mustBeSent = false,
): void {
  const bytes = Buffer.from(JSON.stringify(body));
  const full = hold(bytes.length, mustBeSent);
  if (full !== null) throw new TooManyOpenError(full);
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(bytes);
}
