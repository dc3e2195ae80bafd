import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLogger } from '../../src/logger.ts';
import { keepBystander } from '../support/bystander.ts';
import { type Explored, explore } from '../support/explore.ts';
import { authorized } from '../support/key.ts';

const logged: string[] = [];
let world: Explored;
beforeAll(async () => {
  const log = createLogger('error', { write: (line: string) => void logged.push(line) });
  world = await explore({ RATE_LIMIT: '0' }, { log });
});
afterAll(() => world.close());
keepBystander(() => ({ url: world.api.url, db: world.database.db }));

interface Response {
  readonly status: number;
  readonly text: string;
}

/** Sends the path as it is: `fetch` and URL would mend it. */
function get(path: string, method = 'GET'): Promise<Response> {
  const { hostname, port } = new URL(world.api.url);
  return new Promise((resolve, reject) => {
    // As anybody, and as the operator where that is needed.
    const headers = path.startsWith('/metrics') ? authorized : {};
    const sent = request({ hostname, port, path, method, headers, timeout: 10_000 }, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
    });
    sent.on('timeout', () => sent.destroy(new Error(`no response to ${path.slice(0, 100)}`)));
    sent.on('error', reject);
    sent.end();
  });
}

const uuidOf = (wanted: string) => {
  const [id = ''] = [...world.seen].find(([, type]) => type === wanted) ?? [];
  return Buffer.from(id, 'base64')
    .toString()
    .slice(wanted.length + 1);
};

/** Texts as they stand in an address. */
const TEXTS = [
  ...[
    '',
    '%20',
    '%00',
    'a%00b',
    '%FF',
    '%ED%A0%80',
    '%',
    '%zz',
    '%E2%80%AE',
    '%0D%0AX:1',
    '+',
    '%26',
    '%3D',
    '&',
    '=',
  ],
  ...[
    '0',
    '-1',
    '1',
    '1.5',
    '1e999',
    'NaN',
    'Infinity',
    '9'.repeat(400),
    '9223372036854775808',
    '0x1',
    '%D9%A3',
  ],
  ...[
    'x'.repeat(4_000),
    'AAPL',
    'AAPL,MSFT',
    ',',
    Array(1_001).fill('A').join(),
    'null',
    '__proto__',
    'constructor',
  ],
  ...[
    '2026-02-30',
    '0000-01-01',
    '2b0d1f6e-0000-7000-8000-00000000000X',
    '00000000-0000-0000-0000-000000000000:-1',
  ],
  ...['0198c0de-0000-7000-8000-000000000000', 'Sm9iOng=', 'Sm9iOg', 'Og==', 'SELL', 'BALANCED', "';%20--"],
];

/** What is wrong with a response; null for an export that is whole, and for a refusal with a code. */
function faultOf({ status, text }: Response): string | null {
  if (status === 200) return null;
  if (status === 431) return null;
  const isRefusal =
    /^\{"error":\{"code":"(INVALID_INPUT|INVALID_TICKER|NOT_FOUND|LIMIT_EXCEEDED)","message":"/.test(text);
  return isRefusal && [400, 404].includes(status) ? null : `${status} ${text.slice(0, 200)}`;
}

test.each(['analyses.csv', 'analyses.jsonl', 'trades.csv', 'trades.jsonl'])(
  'each parameter of /export/%s with a value at or beyond the boundary is answered or refused',
  async (name) => {
    const base = name.startsWith('trades') ? `backtest=${uuidOf('Backtest')}` : '';
    expect(await get(`/export/${name}?${base}`)).toMatchObject({ status: 200 });
    const unknown = await get(`/export/${name}?unknown=1`);
    expect(unknown.status).toBe(400);
    // The refusal names the parameters, so that a new one is tested, too.
    const parameters = /use ([\w, ]+)\./.exec(unknown.text)?.[1]?.split(', ') ?? [];
    expect(parameters).toContain('after');
    const found: string[] = [];
    for (const parameter of parameters) {
      for (const text of TEXTS)
        for (const query of [`${parameter}=${text}`, `${base}&${parameter}=${text}`]) {
          const fault = faultOf(await get(`/export/${name}?${query}`));
          if (fault !== null) found.push(`${query.slice(0, 100)}: ${fault}`);
        }
      const fault = faultOf(await get(`/export/${name}?${`${parameter}=1&`.repeat(500)}`));
      if (fault !== null) found.push(`500 times ${parameter}: ${fault}`);
    }
    expect(found).toEqual([]);
    const once = parameters.filter((parameter) => !['ticker', 'verdict'].includes(parameter));
    for (const parameter of once)
      expect(await get(`/export/${name}?${parameter}=AAPL&${parameter}=AAPL`)).toMatchObject({ status: 400 });
    expect(logged).toEqual([]);
  },
);

test('an id in upper case is the same in every export', async () => {
  for (const path of [
    (id: (type: string) => string) => `/export/trades.jsonl?backtest=${id('Backtest')}`,
    (id: (type: string) => string) =>
      `/export/trades.jsonl?after=${id('Backtest')}:0&backtest=${id('Backtest')}`,
    (id: (type: string) => string) => `/export/analyses.jsonl?watchlist=${id('Watchlist')}`,
  ]) {
    const response = await get(path(uuidOf));
    expect({ path: path(uuidOf), response }).toMatchObject({ response: { status: 200 } });
    expect(await get(path((type) => uuidOf(type).toUpperCase()))).toEqual(response);
  }
  for (const id of [uuidOf('Analysis'), uuidOf('Analysis').toUpperCase()])
    expect(await get(`/export/analysis/${id}.xlsx`)).toMatchObject({ status: 200 });
});

test('a path that is none is refused and never a fault', async () => {
  const found: string[] = [];
  for (const text of [
    ...TEXTS.filter((one) => !one.includes('&')),
    '..',
    '../..',
    '.csv',
    '..csv',

    '/',
    '//',
    '.xlsx',
    '?',
  ])
    for (const path of [
      `/export/${text}`,
      `/export/${text}.csv`,
      `/export/${text}.jsonl`,
      `/export/analysis/${text}.xlsx`,
      `/export/analyses.csv/${text}`,
    ]) {
      const response = await get(path);
      const fault = faultOf(response);
      if (fault !== null || response.status === 200)
        found.push(`${path.slice(0, 100)}: ${fault ?? 'served'}`);
    }
  expect(found).toEqual([]);
  expect(logged).toEqual([]);
});

test.each(['/livez', '/readyz', '/metrics'])(
  '%s has no parameters and ignores what is sent as one',
  async (path) => {
    const { status } = await get(path);
    expect(status).toBe(200);
    for (const text of TEXTS.filter((one) => one.length < 4_000))
      expect({ text, status: (await get(`${path}?x=${text}&x=${text}`)).status }).toEqual({ text, status });
    expect(await get(path, 'HEAD')).toEqual({ status: 200, text: '' });
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS'])
      expect((await get(path, method)).status).toBeLessThan(500);
    expect(logged).toEqual([]);
  },
);
