import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startAnalysisWorker } from '../support/analysis-worker.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { clearWorkspace, eventRows } from '../support/engine.ts';
import { EXAMPLES, hasPython, PROCESS_TIMEOUT_MS, runPython } from '../support/examples.ts';
import { createWriter } from '../support/feed.ts';
import { TEST_KEY } from '../support/key.ts';
import { temporaryDirectory } from '../support/processes.ts';
import { startWireProxy, type WireProxy } from '../support/wire-proxy.ts';

let database: TestDatabase;
let api: TestApi;
let proxy: WireProxy;
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let env: Record<string, string>;
beforeAll(async () => {
  database = await createTestDatabase();
  api = await startApi(database.url, { BOOTSTRAP_KEY: TEST_KEY }, { access: 'real', key: TEST_KEY });
  proxy = await startWireProxy(api.url);
  directory = await temporaryDirectory();
  env = { THETOOL_URL: proxy.url, THETOOL_KEY: TEST_KEY, THETOOL_SOURCE: 'DEMO' };
});
afterEach(() => {
  proxy.toClient = () => 'PASS';
});
afterAll(async () => {
  await directory.remove();
  await proxy.close();
  await api.close();
  await database.close();
});

async function startWorker(capacity: number): Promise<void> {
  const worker = await startAnalysisWorker(database, { capacity });
  onTestFinished(() => worker.stop());
}

/** A program that uses the client, with the last part of its output as JSON. */
async function runProgram(program: string): Promise<unknown> {
  const head =
    'import json, os, sys\nfrom thetool import ApiError, Client\nclient = Client(os.environ["THETOOL_URL"], os.environ["THETOOL_KEY"], attempts=4)\n';
  const lines = await runPython(['-c', head + program], env, directory.path);
  return JSON.parse(lines.at(-1) ?? '');
}

interface Raised {
  readonly code: string;
  readonly message: string;
  readonly retry_after: number | null;
  readonly retryable: boolean;
}

/** The errors that the statements raise, in their order; nothing for a statement that raises none. */
async function errorsOf(...statements: readonly string[]): Promise<Raised[]> {
  const attempts = statements.map(
    (statement) => `try:\n    ${statement}\nexcept ApiError as error:\n    raised.append(vars(error))\n`,
  );
  return (await runProgram(`raised = []\n${attempts.join('')}print(json.dumps(raised))`)) as Raised[];
}

type Scripted = readonly [status: number, headers: Record<string, string>, body: unknown];

/** A server that returns these responses, one per request. */
async function startScripted(responses: readonly Scripted[]) {
  let requests = 0;
  const server = createServer((_request, response) => {
    const [status, headers, body] = responses[requests] ?? [500, {}, {}];
    requests += 1;
    response.writeHead(status, headers).end(JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
  return { url, requests: () => requests };
}

describe.skipIf(!hasPython)('the client for Python', { timeout: PROCESS_TIMEOUT_MS }, () => {
  test('submits once and delivers every event once and in order while its connections are cut', async () => {
    await clearWorkspace(database.db);
    const tickers = Array.from({ length: 25 }, (_, i) => `D${i}`);
    let lostResponses = 0;
    let messages = 0;
    let cuts = 0;
    const followed = Promise.withResolvers<void>();
    proxy.toClient = (bytes) => {
      if (bytes.includes('SubmitJobPayload') && lostResponses === 0) {
        lostResponses += 1;
        return 'CUT';
      }
      if (!bytes.includes('event: next')) return 'PASS';
      followed.resolve();
      messages += 1;
      // The first message comes before a worker runs. The second one is lost three times, however few messages follow.
      if (messages === 1 || (cuts >= 3 && (messages % 2 === 1 || cuts === 5))) return 'PASS';
      cuts += 1;
      return 'CUT';
    };
    const guide = await readFile(join(EXAMPLES, '../docs/guides/python.md'), 'utf8');
    const [, file = '', key = ''] = /^ *python3 (\S+) (\S+) AAPL$/m.exec(guide) ?? [];
    const printed = runPython([join(EXAMPLES, 'python', file), key, ...tickers], env);
    await Promise.race([followed.promise, printed]);
    await startWorker(1);
    const lines = (await printed).map((line) => JSON.parse(line));

    const { totalCount, edges } = await api.one<{
      totalCount: number;
      edges: readonly { node: { uuid: string } }[];
    }>('{ jobs(first: 5) { totalCount edges { node { uuid } } } }');
    expect(totalCount).toBe(1);
    const rows = await eventRows(database.db, edges[0]?.node.uuid ?? '');
    const events = lines.flatMap(({ event }) => event ?? []);
    expect(events.map(({ seq, type, ticker }) => ({ seq, type, ticker }))).toEqual(
      rows.map(({ seq, type, ticker }) => ({ seq, type, ticker })),
    );
    expect(events.at(-1).type).toBe('JOB_COMPLETED');
    const results = lines.flatMap(({ result }) => result ?? []);
    expect(results.map(({ ticker }) => ticker).sort()).toEqual([...tickers].sort());
    expect(lostResponses).toBe(1);
    expect(cuts).toBeGreaterThanOrEqual(3);
  });

  test('runs the program of its README', async () => {
    await startWorker(8);
    const text = await readFile(join(EXAMPLES, 'python/README.md'), 'utf8');
    const [, program = ''] = /^```python\n(.*?)^```/ms.exec(text) ?? [];
    expect(program.split('\n').filter((line) => line !== '').length).toBeLessThanOrEqual(11);
    const lines = await runPython(['-c', program], env, directory.path);
    expect(lines[0]).toBe('1 JOB_QUEUED None');
    expect(lines.some((line) => /^\d+ ITEM_FAILED NONESUCH$/.test(line))).toBe(true);
    expect(lines.at(-2)).toMatch(/^AAPL (STRONG_)?(BUY|SELL|HOLD) -?\d/);
    const [, rows = ''] = /^(\d+) rows$/.exec(lines.at(-1) ?? '') ?? [];
    const file = await readFile(join(directory.path, 'results.csv'), 'utf8');
    expect(file.trimEnd().split('\r\n')).toHaveLength(Number(rows) + 1);
  });

  test('exports every row once as JSONL and CSV though each format is cut twice', async () => {
    await clearWorkspace(database.db);
    const writer = await createWriter(database.db);
    for (let part = 0; part < 4; part += 1)
      await writer.store(Array.from({ length: 500 }, (_, i) => ({ ticker: `E${part * 500 + i}` })));
    let cuts = 0;
    const cutTwice = () => {
      let received = 0;
      let left = 2;
      proxy.toClient = (bytes) => {
        received += bytes.length;
        if (left === 0 || received < 100_000) return 'PASS';
        [received, left, cuts] = [0, left - 1, cuts + 1];
        return 'CUT';
      };
    };
    cutTwice();
    const positions = await runProgram(
      'print(json.dumps([row["position"] for row in client.export_analyses()]))',
    );
    expect(positions).toEqual(Array.from({ length: 2_000 }, (_, i) => i + 1));
    expect(cuts).toBe(2);
    cutTwice();
    const program = 'print(client.export_csv(open("cut.csv", "w", newline="")))';
    expect(await runProgram(program)).toBe(2_000);
    expect(cuts).toBe(4);
    const response = await fetch(new URL('/export/analyses.csv', api.url), {
      headers: { authorization: `Bearer ${TEST_KEY}` },
    });
    const lines = (await response.text()).split('\r\n');
    const written = await readFile(join(directory.path, 'cut.csv'), 'utf8');
    expect(written.split('\r\n')).toEqual(lines.filter((line) => !line.startsWith('END,')));
  });

  test('raises errors with code, message and field, and does not repeat what cannot succeed', async () => {
    const rejected = await errorsOf(
      'client.submit_analysis(["not a ticker"], idempotency_key="e1")',
      'list(client.results("not an id"))',
      'list(client.follow_job("not an id"))',
      'list(client.export_analyses(tickr="A"))',
      'Client(client.url, "wrong").query("{ strategies { id } }")',
    );
    expect(rejected.map(({ code }) => code)).toEqual([
      'INVALID_TICKER',
      'BAD_USER_INPUT',
      'BAD_USER_INPUT',
      'INVALID_INPUT',
      'UNAUTHENTICATED',
    ]);
    expect(rejected.filter(({ retryable, message }) => retryable || message === '')).toEqual([]);
  });

  test('waits as long as the server says, raises the last error after its attempts, and follows no redirect', async () => {
    const unavailable: Scripted = [503, { 'retry-after': '0' }, 'no JSON'];
    const limited = (retryAfter: number): Scripted => [
      429,
      {},
      { errors: [{ message: 'slow down', extensions: { code: 'RATE_LIMITED', retryAfter } }] },
    ];
    const server = await startScripted([
      limited(1),
      [200, {}, { data: { ok: true } }],
      limited(7),
      unavailable,
      unavailable,
      unavailable,
      [302, { location: api.url }, {}],
    ]);
    const ask = '{ ok }';
    const began = performance.now();
    const raised = await errorsOf(
      `Client("${server.url}").query("${ask}")`,
      `Client("${server.url}", attempts=1).query("${ask}")`,
      `Client("${server.url}", attempts=3).query("${ask}")`,
      `Client("${server.url}", "secret").query("${ask}")`,
    );
    expect(performance.now() - began).toBeGreaterThan(1_000);
    expect(raised).toMatchObject([
      { code: 'RATE_LIMITED', message: 'slow down', retry_after: 7 },
      { code: 'HTTP_503', retry_after: 0, retryable: true },
      { code: 'HTTP_302', retryable: false },
    ]);
    expect(server.requests()).toBe(7);
  });

  test('has only syntax of Python 3.9', async () => {
    const program =
      'import ast, glob, sys\nfor path in glob.glob(sys.argv[1] + "/**/*.py", recursive=True):\n    ast.parse(open(path).read(), path, feature_version=(3, 9))\n    print(path)';
    expect((await runPython(['-c', program, EXAMPLES], {})).length).toBeGreaterThan(0);
  });
});
