import { setTimeout as delay } from 'node:timers/promises';
import { type Client, connect } from '../packages/client/src/connect.ts';
import { followJob } from '../packages/client/src/follow-job.ts';
import { SubmitAnalysisDocument } from '../packages/client/src/generated/graphql.ts';
import { TEST_KEY } from '../test/support/key.ts';
import { run, urlOf } from '../test/support/processes.ts';
import { quantile } from './usage.ts';

/** Rounds before the ones that count. */
const WARM_UP = 20;
/** Jobs before these, some at a time: the other contestants have run thousands of tasks in the same process when their delays are measured. */
const JOBS_BEFORE = 400;
const AT_ONCE = 8;

/**
 * From sending `submitAnalysis` over HTTP to the event that says the job is PROCESSING, at a client that subscribes as soon as it has the
 * job's id, ms. API and worker are processes of their own, one job at a time.
 */
export async function measureInteractive(
  databaseUrl: string,
  rounds: number,
): Promise<{ readonly p50: number; readonly p99: number }> {
  // One client asks for more than a person does: at 50 jobs a second it would be sent away for its messages.
  const api = run('api.mjs', {
    DATABASE_URL: databaseUrl,
    PORT: '0',
    LOG_LEVEL: 'error',
    SOCKET_MESSAGE_LIMIT: '100000',
  });
  const url = await urlOf(api);
  const worker = run('worker.mjs', { DATABASE_URL: databaseUrl, LOG_LEVEL: 'error' });
  const client = connect(url, { key: TEST_KEY });
  try {
    await worker.said(/The worker is ready/);
    let before = JOBS_BEFORE;
    const warmUp = async () => {
      for (; before > 0; before -= 1) await runOnce(client, true);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, warmUp));
    const delays: number[] = [];
    for (let round = 0; round < WARM_UP + rounds; round += 1) {
      const delayMs = await runOnce(client, false);
      if (round >= WARM_UP) delays.push(delayMs);
      await delay(2 + Math.random() * 8);
    }
    return { p50: quantile(delays, 0.5), p99: quantile(delays, 0.99) };
  } finally {
    await client.close();
    await worker.stop();
    await api.stop();
  }
}

/** Submits a job and follows it to its end. Answers when its JOB_STARTED came, ms after the submit. */
async function runOnce(client: Client, force: boolean): Promise<number> {
  const sentAt = performance.now();
  const { submitAnalysis } = await client.request(SubmitAnalysisDocument, {
    input: { tickers: ['AAPL'], force },
  });
  if (submitAnalysis.__typename !== 'SubmitJobPayload') throw new Error(submitAnalysis.message);
  let startedAt = Number.NaN;
  for await (const { type } of followJob(client, submitAnalysis.job.id)) {
    if (type === 'JOB_STARTED') startedAt = performance.now();
  }
  return startedAt - sentAt;
}
