import { DEFAULT_WORKSPACE_ID } from '../src/access.ts';
import { createAnalysisTask } from '../src/analyses/analysis.task.ts';
import type { NewAnalysis } from '../src/analyses/analysis.ts';
import { resolveOptions } from '../src/analyses/options.ts';
import { pack } from '../src/analyses/packing.ts';
import { loadConfig } from '../src/config.ts';
import { openDatabase } from '../src/db/client.ts';
import { sql } from '../src/db/drizzle.ts';
import { listen } from '../src/events/listener.ts';
import type { AnyTask, Finished, ItemContext } from '../src/jobs/define-task.ts';
import { keepAlive } from '../src/jobs/keep-alive.ts';
import { createRecorder } from '../src/jobs/record-steps.ts';
import { runJobs } from '../src/jobs/run-jobs.ts';
import { submitJob } from '../src/jobs/submit-job.ts';
import { createLogger } from '../src/logger.ts';
import { createSources } from '../src/market/sources/index.ts';
import { newId } from '../src/uuid.ts';
import { jobRequest } from '../test/support/engine.ts';
import type { Contestant } from './contestant.ts';

/** The largest job that the API accepts. */
const TICKERS_PER_JOB = 5_000;

/**
 * The worker as it runs in production, with a task that computes nothing: every item yields its three phases and a real
 * analysis with its details, computed once beforehand, stored by the real task's `save`.
 */
export async function thetool(url: string, onStart: () => void): Promise<Contestant> {
  const log = createLogger('error');
  const config = loadConfig(null);
  const { capacity, leaseMs, heartbeatMs, pollMs } = config.worker;
  const { db, close } = openDatabase({
    url,
    max: config.databasePoolSize,
    applicationName: 'bench',
    joinsByKey: true,
    log,
  });
  const task = await noopTask(onStart);
  const tasks = new Map([[task.kind, task]]);
  const submit = (tickers: string[]) => submitJob(db, log, jobRequest(tickers, { kind: task.kind }));
  const stops: (() => Promise<unknown>)[] = [close];
  return {
    schema: 'public',
    async fill(count) {
      for (let from = 0; from < count; from += TICKERS_PER_JOB) {
        const length = Math.min(TICKERS_PER_JOB, count - from);
        await submit(Array.from({ length }, (_, i) => `B${from + i}`));
      }
    },
    async start() {
      const presence = await keepAlive({
        url,
        name: 'bench',
        version: '0',
        kinds: [...tasks.keys()],
        capacity,
        leaseMs,
        heartbeatMs,
        log,
      });
      const recorder = createRecorder({ db, tasks, log });
      const runner = runJobs({ db, presence, tasks, recorder, log, capacity, pollMs });
      const listener = await listen({
        url,
        log,
        onHints: (hints) => runner.hear(hints),
        onConnected: () => runner.wake(),
      });
      const now = () => AbortSignal.timeout(5_000);
      stops.push(
        () => presence.stop(),
        () => recorder.close(now()),
        () => runner.stop(now()),
        () => listener.close(),
      );
    },
    add: () => submit(['LATENCY']),
    async remaining() {
      const { rows } = await db.execute<{ n: number }>(
        sql`select coalesce(sum(queued + processing), 0)::int as n from jobs
          where finished_at is null and workspace_id = ${DEFAULT_WORKSPACE_ID}`,
      );
      return rows[0]?.n ?? 0;
    },
    async stop() {
      for (const stop of stops.reverse()) await stop();
    },
  };
}

/** Different results, so that neither pages nor plans are all alike. */
const SAMPLES = 64;

async function noopTask(onStart: () => void): Promise<AnyTask> {
  const real = createAnalysisTask({
    sources: createSources({ csvDir: null, now: () => new Date() }),
    now: () => new Date(),
    findInstrument: () => Promise.resolve(null),
  });
  const options = real.parse(resolveOptions({}, new Date().toISOString().slice(0, 10)));
  const samples = await Promise.all(
    Array.from({ length: SAMPLES }, (_, i) => finish(real.run(options, { ...SAMPLE, ticker: `S${i}` }))),
  );
  let next = 0;
  return {
    ...real,
    parse: (given) => given,
    async *run() {
      onStart();
      yield 25;
      yield 50;
      yield 75;
      next = (next + 1) % SAMPLES;
      const { result, facts } = samples[next] as Finished<readonly NewAnalysis[]>;
      const id = newId();
      const again = result.map((one) => ({ ...one, id, packed: pack(one.details) }));
      return { result: again, facts: { ...facts, analysisId: id } };
    },
  };
}

const SAMPLE: ItemContext = {
  jobId: '',
  workspaceId: '',
  ticker: '',
  attempt: 1,
  strategy: 'BALANCED',
  source: 'DEMO',
  signal: new AbortController().signal,
};

async function finish(steps: AsyncGenerator<unknown, Finished<unknown>>): Promise<Finished<unknown>> {
  for (;;) {
    const step = await steps.next();
    if (step.done === true) return step.value;
  }
}
