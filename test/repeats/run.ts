import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { withServer } from '../../bench/server.ts';
import { TEST_KEY } from '../support/key.ts';
import { run, urlOf } from '../support/processes.ts';
import { randomOf } from '../support/series.ts';
import { openCallers } from './call-at-once.ts';
import { type Answer, faultsOfEffects, faultsOfRound, type Kind, kinds } from './judge.ts';
import { readEffects } from './read-effects.ts';

/**
 * Rounds of equal calls at once, over two API processes: each round is one mutation under one idempotency key, of a kind that the seed draws, and
 * one call of another input. At the end the database is asked for the effect of every round: each has had one.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '10000' },
    calls: { type: 'string', default: '200' },
    minutes: { type: 'string', default: '60' },
    seed: { type: 'string' },
  },
});
const [rounds, calls, minutes] = [Number(values.rounds), Number(values.calls), Number(values.minutes)];
const seed = Number(values.seed ?? randomInt(2 ** 31));
if (![rounds, calls, seed].every(Number.isInteger) || rounds < 1 || calls < 2 || !(minutes > 0)) {
  console.error('npm run repeats -- [--rounds 10000] [--calls 200] [--minutes 60] [--seed 1]');
  process.exit(1);
}
const TELL_MS = 10_000;
/** A list holds 1,000 tickers. */
const PER_LIST = 900;
const SHOWN = 20;

const facts = {
  submitAnalysis: '... on SubmitJobPayload { job { id } }',
  addToWatchlist: '... on WatchlistPayload { added watchlist { id } }',
  createApiKey: '... on IssuedApiKey { secret apiKey { keyId } } ... on SecretToldError { subjectId }',
  createWatchlist: '... on WatchlistPayload { watchlist { id } }',
};
const documentOf = (name: keyof typeof facts) => {
  const input = `${name[0]?.toUpperCase()}${name.slice(1)}Input`;
  return `mutation($input: ${input}!) { result: ${name}(input: $input) { __typename ... on UserError { code } ${facts[name]} } }`;
};
const bodyOf = (name: keyof typeof facts, input: object) =>
  JSON.stringify({ query: documentOf(name), variables: { input } });

function answerIn(text: string): Answer {
  const { data, errors } = JSON.parse(text) as { data?: { result: Answer }; errors?: unknown };
  if (errors !== undefined || data === undefined) throw new Error(text);
  return data.result;
}

await withServer(async ({ url: database }) => {
  const nodes = [0, 1].map(() =>
    run('api.mjs', { DATABASE_URL: database, PORT: '0', LOG_LEVEL: 'fatal', RATE_LIMIT: '0' }),
  );
  const urls = await Promise.all(nodes.map(urlOf));
  const callers = await openCallers(urls, calls, TEST_KEY);
  const pool = new pg.Pool({ connectionString: database, max: 2 });
  const faults: string[] = [];
  const kindsOf: Kind[] = [];
  let done = 0;
  let again = 0;
  let list = '';

  /** A node whose pool is full for too long says UNAVAILABLE, and a client asks again under the same key. */
  async function insist(n: number, body: string, first?: string): Promise<string> {
    for (let text = first ?? (await callers.one(n, body)); ; text = await callers.one(n, body)) {
      if (!text.includes('"UNAVAILABLE"')) return text;
      again += 1;
    }
  }

  const inputs: Readonly<Record<Kind, (n: number) => readonly [object, object]>> = {
    submitAnalysis: () => [
      { tickers: ['AAPL'], force: true },
      { tickers: ['MSFT'], force: true },
    ],
    addToWatchlist: (n) => [
      { id: list, tickers: [`R${n}`] },
      { id: list, tickers: ['OTHER'] },
    ],
    createApiKey: (n) => [
      { name: `R${n}`, scopes: ['JOBS_READ'] },
      { name: 'Other', scopes: ['JOBS_READ'] },
    ],
  };

  async function play(): Promise<void> {
    const n = kindsOf.length;
    const kind = kinds[Math.floor(randomOf(seed + n)() * kinds.length)] as Kind;
    kindsOf.push(kind);
    if (n % PER_LIST === 0)
      list = answerIn(await insist(n, bodyOf('createWatchlist', { name: `L${n}` }))).watchlist?.id ?? '';
    const idempotencyKey = `round ${n}`;
    const [input, other] = inputs[kind](n);
    const body = bodyOf(kind, { ...input, idempotencyKey });
    const texts = await callers.all(body);
    const answers = new Map<string, number>();
    for (const [i, text] of texts.entries()) {
      const told = JSON.stringify(answerIn(await insist(i, body, text)));
      answers.set(told, (answers.get(told) ?? 0) + 1);
    }
    const conflict = answerIn(await insist(n, bodyOf(kind, { ...other, idempotencyKey })));
    faults.push(...faultsOfRound({ n, kind, answers, conflict }));
    done += 1;
  }

  const began = performance.now();
  const pace = () => done / ((performance.now() - began) / 1_000);
  console.log(
    `seed ${seed}; the same rounds again: npm run repeats -- --rounds ${rounds} --calls ${calls} --seed ${seed}`,
  );
  const telling = setInterval(() => {
    const left = (rounds - done) / pace() / 60;
    console.log(
      `${done} of ${rounds} rounds, ${pace().toFixed(1)}/s, ${faults.length} faults, about ${left.toFixed(1)} min left`,
    );
  }, TELL_MS);
  try {
    while (done < rounds && performance.now() - began < minutes * 60_000) await play();
    const seconds = (performance.now() - began) / 1_000;
    const effects = await readEffects(pool);
    faults.push(...faultsOfEffects(kindsOf, effects));
    console.log(
      `${done} rounds of ${calls} calls at once on two nodes in ${seconds.toFixed(0)} s (${pace().toFixed(1)} rounds/s, ` +
        `${(pace() * calls).toFixed(0)} calls/s), ${again} asked again: ${JSON.stringify(effects.total)}, ${effects.answers} stored answers.`,
    );
    console.log(faults.length === 0 ? 'Every round has had one effect.' : `${faults.length} FAULTS:`);
    for (const fault of faults.slice(0, SHOWN)) console.error(fault);
    if (done < rounds) console.log(`The time was up: ${rounds - done} rounds were not played.`);
  } finally {
    clearInterval(telling);
    callers.close();
    await pool.end();
    await Promise.all(nodes.map((node) => node.stop()));
  }
  if (faults.length > 0) process.exitCode = 1;
});
