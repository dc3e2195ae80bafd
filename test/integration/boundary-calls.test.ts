import { getNamedType } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from '../../src/db/drizzle.ts';
import { errorCodes } from '../../src/error-codes.ts';
import { createLogger } from '../../src/logger.ts';
import { schema } from '../../src/main/schema.ts';
import {
  argumentWith,
  documentFor,
  type Place,
  placesOf,
  type Sane,
  saneAt,
  waysTo,
} from '../support/argument-places.ts';
import { boundariesOf, craftedCursors, type Json } from '../support/boundary-values.ts';
import { BYSTANDER_SUBSCRIPTIONS, keepBystander } from '../support/bystander.ts';
import { eventually } from '../support/eventually.ts';
import { connections, type Explored, explore } from '../support/explore.ts';
import { authorized } from '../support/key.ts';
import { type Call, inUpperCase, prepareCall } from '../support/mutation-calls.ts';
import { openSocket } from '../support/sockets.ts';

const places = placesOf(schema);
const logged: string[] = [];
let world: Explored;
/** Cursors that pages gave out, as JSON. */
const cursors: Json[] = [];

beforeAll(async () => {
  const log = createLogger('error', { write: (line: string) => void logged.push(line) });
  const settings = { RATE_LIMIT: '0', SOCKET_MESSAGE_LIMIT: '100000', SOCKET_OPERATIONS: '10000' };
  world = await explore(settings, { log });
  for (const [, type, field] of connections) {
    const [owner = null] = world.ownersOf(type);
    const { edges } = await world.read(type, field, owner, { first: 1 });
    cursors.push(...edges.map(({ cursor }) => JSON.stringify(cursor)));
  }
});
afterAll(() => world.close());
const bystander = keepBystander(() => ({ url: world.api.url, db: world.database.db }));

/** What places accept whose type does not say it, by type and name or by name. */
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
const FROM = JSON.stringify(inDays(-400).slice(0, 10));
const accepted: Readonly<Record<string, Json>> = {
  source: '"SAMPLE"',
  indicators: '["RSI"]',
  points: '2',
  positionMaxPct: '10',
  windowBars: '100',
  maxOpenPositions: '2',
  url: '"https://example.com/hooks"',
  after: 'null',
  before: 'null',
  expiresAt: JSON.stringify(inDays(30)),
  'BacktestOptionsInput.from': FROM,
  'BacktestOptionsInput.to': JSON.stringify(inDays(-30).slice(0, 10)),
  'IndicatorParamInput.name': '"period"',
  'Query.ranking.sort': '{"by":"SCORE"}',
  'RankingFilter.screens': '[{"number":"CLOSE","gt":1}]',
  'InstrumentInput.exchange': '"NYSE"',
  'InstrumentInput.currency': '"USD"',
  'InstrumentInput.timeZone': '"Europe/Berlin"',
  'IndicatorParamInput.value': '10',
};
/** Members that a member needs beside it. */
const needed: Readonly<Record<string, Readonly<Record<string, Json>>>> = {
  'BacktestOptionsInput.to': { from: FROM },
  'AnalysisOptionsInput.asOfFrom': { asOfTo: '"2017-06-15"' },
  'AnalysisOptionsInput.asOfTo': { asOfFrom: '"2017-06-15"' },
  ...Object.fromEntries(
    ['asOfFrom', 'asOfTo', 'storedFrom', 'storedTo'].map((bound) => [
      `AnalysisFilter.${bound}`,
      { ticker: '"AAPL"' },
    ]),
  ),
  'BacktestOptionsInput.maxOpenPositions': { overlap: 'true' },
  'BacktestOptionsInput.borrowPct': { sides: '"BOTH"' },
  'RankingSort.direction': { by: '"SCORE"' },
  'RankingSort.line': { indicator: '"ADX"' },
  'RankingScreen.number': { gt: '1' },
  'RankingScreen.indicator': { gt: '1' },
  'RankingScreen.line': { indicator: '"ADX"', gt: '1' },
  ...Object.fromEntries(
    ['gt', 'gte', 'lt', 'lte'].map((bound) => [`RankingScreen.${bound}`, { number: '"CLOSE"' }]),
  ),
};
/** Members that a member excludes. */
const excluded: Readonly<Record<string, readonly string[]>> = {
  watchlistId: ['tickers'],
  universe: ['tickers'],
};
/** Type of the object whose id is meant, where it is not the type of the field. */
const named: Readonly<Record<string, string>> = {
  jobId: 'Job',
  watchlistId: 'Watchlist',
  ids: 'Job',
  target: 'Job',
  'Query.node.id': 'Job',
};

let keys = 0;
const sane: Sane = (member, name, field) => {
  if (name === 'idempotencyKey') {
    keys += 1;
    return `"key ${keys}"`;
  }
  const wanted = named[member] ?? named[name] ?? (name === 'id' ? getNamedType(field.type).name : '');
  const [id] = [...world.seen].find(([, type]) => type === wanted) ?? [];
  return id === undefined ? (accepted[member] ?? accepted[name] ?? null) : JSON.stringify(id);
};

const memberOf = ({ argument, within }: Place) => within.at(-1) ?? argument;
const isCursor = (place: Place) => ['after: String', 'before: String'].includes(kindOf(place));
const kindOf = (place: Place) => `${memberOf(place).name}: ${place.type}`;

/** How many places of the same name and type come before a place: `first: Int` and `idempotencyKey: String` are in many fields. */
const turns = new Map<Place, number>();
for (const alike of Map.groupBy(places, kindOf).values())
  for (const [turn, place] of alike.entries()) turns.set(place, turn);
const PARTS = 12;

/** All values in the first place of a name and type, and another twelfth of them in each of the others. */
function valuesFor(place: Place): Json[] {
  const boundaries = boundariesOf(place.type, saneAt(place, sane));
  const values = isCursor(place) ? [...boundaries, ...craftedCursors, ...cursors] : boundaries;
  const turn = turns.get(place) ?? 0;
  return turn === 0 ? values : values.filter((_, i) => i % PARTS === turn % PARTS);
}

/** Codes that no value of an argument may lead to. */
const NOT_BY_A_VALUE =
  /^(INTERNAL|UNAVAILABLE|UNAUTHENTICATED|FORBIDDEN|RATE_LIMITED|TOO_MANY_TRIES|TIMEOUT|CLIENT_GONE|NOT_ACCEPTABLE|REQUEST_ENTITY_TOO_LARGE|OPERATION_RESOLUTION_FAILURE|PERSISTED_\w+)$/;
const documented = new Set(Object.keys(errorCodes).filter((code) => !NOT_BY_A_VALUE.test(code)));

interface Response {
  readonly status: number;
  readonly text: string;
}

async function send(query: string, value: Json): Promise<Response> {
  const response = await fetch(world.api.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: `{"query":${JSON.stringify(query)},"variables":{"v":${value}}}`,
    signal: AbortSignal.timeout(10_000),
  });
  return { status: response.status, text: await response.text() };
}

interface Parsed {
  readonly data?: Record<string, { readonly code?: unknown } | null> | null;
  readonly errors?: readonly {
    readonly message?: unknown;
    readonly extensions?: { readonly code?: unknown };
  }[];
}

/** What is wrong with a response; null when it is as the documentation promises. */
function faultOf({ status, text }: Response): string | null {
  if (status >= 500) return `status ${status}: ${text.slice(0, 300)}`;
  const { data, errors } = JSON.parse(text) as Parsed;
  if (errors === undefined && data == null) return `neither data nor errors: ${text.slice(0, 300)}`;
  if (errors?.length === 0) return 'errors without an error';
  const codes = (errors ?? []).map(
    ({ message, extensions }) => typeof message === 'string' && extensions?.code,
  );
  const refusals = Object.values(data ?? {}).flatMap((value) => value?.code ?? []);
  const isWrong = [...codes, ...refusals].some((code) => !documented.has(String(code)));
  return isWrong ? text.slice(0, 300) : null;
}

/** The first code in a response: of an error, or of a result that is a refusal. */
const codeIn = ({ text }: Response) => /"code":"([A-Z_]+)"/.exec(text)?.[1] ?? null;
const shortly = (value: Json) => (value.length > 90 ? `${value.slice(0, 60)}… (${value.length})` : value);

async function inLanes<Item>(items: readonly Item[], run: (item: Item) => Promise<void>): Promise<void> {
  const rest = items.values();
  const lane = async () => {
    for (const item of rest) await run(item);
  };
  await Promise.all(Array.from({ length: 8 }, lane));
}

/** Makes what a mutation needs, after the removal of what earlier calls made: a workspace has limits. */
async function prepare(name: string): Promise<Call> {
  const { db } = world.database;
  const uuids = [...world.seen.keys()].map((id) => Buffer.from(id, 'base64').toString().split(':')[1]);
  const isLeft = sql`id::text <> all(${sql.param(uuids)}::text[])`;
  await db.execute(sql`delete from webhooks where ${isLeft}`);
  await db.execute(sql`delete from watchlists where ${isLeft} and name like 'List %'`);
  const call = await prepareCall(world.api, name);
  // Webhooks of other events have no filter.
  await db.execute(sql`update webhooks set event = 'ANALYSIS_STORED'`);
  return name === 'createWebhook' ? { ...call, input: { ...call.input, event: 'ANALYSIS_STORED' } } : call;
}

/** A call may have removed or changed what the next one needs. */
const MISSING = new Set(['NOT_FOUND', 'INVALID_STATE', 'NAME_TAKEN', 'LIMIT_EXCEEDED']);

describe('a value at or beyond the boundary of its type', () => {
  test('ends in data or in a documented code in every argument of a query, and a UUID in upper case is the same', async () => {
    const found: string[] = [];
    await inLanes(
      places.filter(({ kind }) => kind === 'query'),
      async (place) => {
        const value = saneAt(place, sane);
        let document: string | null = null;
        let response: Response = { status: 0, text: '' };
        for (const way of waysTo(schema, place.owner, world.seen)) {
          document = documentFor(schema, place, way, sane);
          response = await send(document, argumentWith(place, value, sane, {}, needed[place.member]));
          if (response.text.includes('"probe":') && codeIn(response) === null) break;
          document = null;
        }
        if (document === null) {
          found.push(`${place.name} does not accept ${shortly(value)}: ${response.text.slice(0, 300)}`);
          return;
        }
        for (const one of valuesFor(place)) {
          const fault = faultOf(
            await send(document, argumentWith(place, one, sane, {}, needed[place.member])),
          );
          if (fault !== null) found.push(`${place.name} ${shortly(one)}: ${fault}`);
        }
        const upper = JSON.stringify(inUpperCase(JSON.parse(value)));
        const other = await send(document, argumentWith(place, upper, sane, {}, needed[place.member]));
        if (other.text !== response.text) found.push(`${place.name} ${upper}: ${other.text.slice(0, 300)}`);
      },
    );
    expect(found).toEqual([]);
    expect(logged).toEqual([]);
  }, 120_000);

  test('ends in a result or in a documented code in every field of the input of a mutation', async () => {
    const found: string[] = [];
    const byField = Map.groupBy(
      places.filter(({ kind }) => kind === 'mutation'),
      ({ field }) => field,
    );
    for (const [field, members] of byField) {
      let call = await prepare(field.name);
      const query = call.document.replace(/\$input\b/g, '$v');
      const ask = (place: Place, value: Json) => {
        const [outer] = place.within;
        const given = Object.entries(call.input).filter(
          ([name]) => !excluded[outer?.name ?? '']?.includes(name),
        );
        const base = Object.fromEntries(given.map(([name, one]) => [name, JSON.stringify(one)]));
        return send(query, argumentWith(place, value, sane, base, needed[place.member]));
      };
      const saneNow = (place: Place) => {
        const own = place.within.length === 1 ? call.input[memberOf(place).name] : undefined;
        return own === undefined ? saneAt(place, sane) : JSON.stringify(own);
      };
      for (const place of members) {
        if (place.within.length > 0) {
          let response = await ask(place, saneNow(place));
          if (codeIn(response) !== null) {
            call = await prepare(field.name);
            response = await ask(place, saneNow(place));
          }
          if (codeIn(response) !== null)
            found.push(
              `${place.name} does not accept ${shortly(saneNow(place))}: ${response.text.slice(0, 300)}`,
            );
        }
        for (const value of valuesFor(place)) {
          let response = await ask(place, value);
          if (MISSING.has(codeIn(response) ?? '') && !/id$/i.test(memberOf(place).name)) {
            call = await prepare(field.name);
            response = await ask(place, value);
          }
          const fault = faultOf(response);
          if (fault !== null) found.push(`${place.name} ${shortly(value)}: ${fault}`);
        }
      }
      await bystander.now().check();
    }
    expect(found).toEqual([]);
    expect(logged).toEqual([]);
  }, 120_000);

  test('ends in a message, a documented code or a live subscription in every argument of a subscription over one websocket', async () => {
    const { socket, send: write, next } = await openSocket(world.api.url);
    const found: string[] = [];
    /** Calls without a message, by the id of the operation. */
    const pending = new Map<string, string>();
    for (const place of places.filter(({ kind }) => kind === 'subscription')) {
      const query = JSON.stringify(documentFor(schema, place, ['', ''], sane));
      // The socket takes messages of up to 64 KiB.
      for (const value of valuesFor(place).filter(({ length }) => length < 50_000)) {
        const id = `${place.name} ${pending.size}`;
        pending.set(id, `${place.name} ${shortly(value)}`);
        const variables = `{"v":${argumentWith(place, value, sane)}}`;
        write(`{"id":"${id}","type":"subscribe","payload":{"query":${query},"variables":${variables}}}`);
      }
    }
    const reading = (async () => {
      for (;;) {
        const { id = '', type, payload = { data: {} } } = await next();
        const name = pending.get(id);
        if (!pending.delete(id)) continue;
        if (type === 'next') write({ id, type: 'complete' });
        const fault = faultOf({
          status: 200,
          text: JSON.stringify(type === 'error' ? { errors: payload } : payload),
        });
        if (fault !== null) found.push(`${name}: ${fault}`);
      }
    })();
    const live = async () => {
      const text = await (await fetch(new URL('/metrics', world.api.url), { headers: authorized })).text();
      return Number(/^thetool_subscribers (\d+)$/m.exec(text)?.[1]) - BYSTANDER_SUBSCRIPTIONS;
    };
    // The feed has nothing to report until a result is stored; all others begin with the present state.
    const isFeed = (name: string) => name.startsWith('Subscription.analysisStored');
    const settled = eventually(
      async () => [...pending.values()].every(isFeed) && (await live()) === pending.size,
    );
    await Promise.race([settled, reading]);
    await bystander.now().check();
    socket.close();
    await expect(reading).rejects.toThrow('closed with 1005');
    expect(found).toEqual([]);
    expect(logged).toEqual([]);
  }, 120_000);
});
