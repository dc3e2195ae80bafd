import { randomBytes } from 'node:crypto';
import { Agent, request } from 'node:http';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { withServer } from '../../bench/server.ts';
import { TEST_KEY } from '../support/key.ts';
import { run, urlOf } from '../support/processes.ts';

/**
 * Rounds of equal calls at once, over two API processes: each round is one mutation under one idempotency key, in turn of several kinds, and
 * one call of another input. At the end the database is asked for effects: each round has had one.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '10000' },
    calls: { type: 'string', default: '200' },
    minutes: { type: 'string', default: '10' },
  },
});
const rounds = Number(values.rounds);
const calls = Number(values.calls);
const deadline = performance.now() + Number(values.minutes) * 60_000;

interface Answer {
  readonly __typename: string;
  readonly code?: string;
  readonly job?: { readonly id: string };
  readonly watchlist?: { readonly id: string };
  readonly added?: readonly string[];
}

interface Kind {
  readonly document: string;
  readonly input: (round: number) => object;
  readonly other: object;
}

const list = `... on WatchlistPayload { added watchlist { id } } ... on UserError { code }`;
const job = `... on SubmitJobPayload { job { id } } ... on UserError { code }`;
let target = '';
const kinds: readonly Kind[] = [
  {
    document: `mutation($input: SubmitAnalysisInput!) { result: submitAnalysis(input: $input) { __typename ${job} } }`,
    input: () => ({ tickers: ['AAPL'], force: true, priority: 1 }),
    other: { tickers: ['MSFT'], force: true, priority: 1 },
  },
  {
    document: `mutation($input: AddToWatchlistInput!) { result: addToWatchlist(input: $input) { __typename ${list} } }`,
    input: (round) => ({ id: target, tickers: [`R${round}`] }),
    other: { id: '', tickers: ['OTHER'] },
  },
];

const agent = new Agent({ keepAlive: true, maxSockets: 50 });

function post(url: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      authorization: `Bearer ${TEST_KEY}`,
    };
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve(text));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

let again = 0;

/** A node whose pool is full for too long says UNAVAILABLE, and a client asks again under the same key. */
async function ask(url: string, document: string, input: object): Promise<Answer> {
  for (;;) {
    const text = await post(url, JSON.stringify({ query: document, variables: { input } }));
    const { data, errors } = JSON.parse(text) as { data?: { result: Answer }; errors?: unknown };
    if (errors === undefined && data !== undefined) return data.result;
    if (!text.includes('"UNAVAILABLE"')) throw new Error(text);
    again += 1;
  }
}

const factsOf = ({ job: submitted, watchlist, added, code }: Answer) =>
  JSON.stringify([submitted?.id, watchlist?.id, added, code]);

await withServer(async ({ url: database }) => {
  const nodes = [0, 1].map(() =>
    run('api.mjs', { DATABASE_URL: database, PORT: '0', LOG_LEVEL: 'fatal', RATE_LIMIT: '0' }),
  );
  const urls = await Promise.all(nodes.map(urlOf));
  const pool = new pg.Pool({ connectionString: database, max: 2 });
  const word = randomBytes(3).toString('hex');
  const faults: string[] = [];
  const began = performance.now();
  const done = kinds.map(() => 0);
  let round = 0;
  try {
    for (; round < rounds && performance.now() < deadline; round += 1) {
      // A list holds 1,000 tickers.
      if (round % 1_500 === 0) {
        const made = await ask(
          urls[0] ?? '',
          `mutation($input: CreateWatchlistInput!) { result: createWatchlist(input: $input) { __typename ${list} } }`,
          { name: `${word} ${round}` },
        );
        target = made.watchlist?.id ?? '';
      }
      const which = round % kinds.length;
      const { document, input, other } = kinds[which] as Kind;
      const idempotencyKey = `${word} ${round}`;
      const asked = { ...input(round), idempotencyKey };
      const answers = await Promise.all(
        Array.from({ length: calls }, (_, i) => ask(urls[i % 2] ?? '', document, asked)),
      );
      const facts = new Set(answers.map(factsOf));
      if (facts.size !== 1 || answers[0]?.code !== undefined)
        faults.push(`round ${round}: ${[...facts].join(' ')}`);
      const conflict = await ask(urls[round % 2] ?? '', document, {
        ...asked,
        ...other,
        ...('id' in other && { id: target }),
      });
      if (conflict.code !== 'IDEMPOTENCY_CONFLICT')
        faults.push(`round ${round}: no conflict, ${conflict.__typename}`);
      done[which] = (done[which] ?? 0) + 1;
    }
    const count = async (text: string) => Number((await pool.query<{ n: string }>(text)).rows[0]?.n);
    const effects = {
      jobs: await count('select count(*) as n from jobs'),
      tickers: await count("select count(*) as n from watchlist_items where ticker like 'R%'"),
      edits: await count('select coalesce(sum(revision - 1), 0) as n from watchlists where not is_default'),
      answers: await count(`select count(*) as n from mutation_answers where key like '${word} %'`),
    };
    const expected = { jobs: done[0], tickers: done[1], edits: done[1], answers: round };
    if (JSON.stringify(effects) !== JSON.stringify(expected))
      faults.push(`effects ${JSON.stringify(effects)}, expected ${JSON.stringify(expected)}`);
    const seconds = (performance.now() - began) / 1_000;
    console.log(
      `${round} rounds of ${calls} calls at once on two nodes in ${seconds.toFixed(0)} s: ${faults.length} faults; ` +
        `${((round * calls) / seconds).toFixed(0)} calls/s, ${again} asked again. Effects: ${JSON.stringify(effects)}`,
    );
    for (const fault of faults.slice(0, 20)) console.error(fault);
  } finally {
    agent.destroy();
    await pool.end();
    await Promise.all(nodes.map((node) => node.stop()));
  }
  if (faults.length > 0) process.exitCode = 1;
});
