import { setTimeout as delay } from 'node:timers/promises';
import { type Client, connect } from '../packages/client/src/connect.ts';
import { followJob } from '../packages/client/src/follow-job.ts';
import { SubmitAnalysisDocument } from '../packages/client/src/generated/graphql.ts';
import { apiAt } from '../test/support/api.ts';
import { startReceiver } from '../test/support/receiver.ts';

export const METRICS = ['submit to completed', 'event delay', 'webhook delivery', 'export start'] as const;
type Metric = (typeof METRICS)[number];
/** Milliseconds. */
export type Samples = Readonly<Record<Metric, number[]>>;

export interface Tenant {
  /** What was measured since the last call. */
  take(): Samples;
  stop(): Promise<void>;
}

const PAUSE_MS = 20;
const noSamples = (): Samples => ({
  'submit to completed': [],
  'event delay': [],
  'webhook delivery': [],
  'export start': [],
});

/** A workspace that submits a job at a time, follows it, receives a webhook message when it has ended, and exports its results. */
export async function startTenant(address: string, key: string): Promise<Tenant> {
  const client = connect(address, { key });
  const receiver = await startReceiver();
  const api = apiAt(address, key);
  await api.one(
    `mutation($url: String!) { createWebhook(input: { url: $url, event: JOB_FINISHED }) { __typename } }`,
    { url: receiver.url },
  );
  let samples = noSamples();
  /** When jobs ended, by the database's clock, and when their messages arrived: of jobs of which only one of the two is known yet. A message may be here before the event. */
  const ends = new Map<string, number>();
  const arrivals = new Map<string, number>();
  function note(uuid: string, times: Map<string, number>, at: number): void {
    times.set(uuid, at);
    const [end, arrival] = [ends.get(uuid), arrivals.get(uuid)];
    if (end === undefined || arrival === undefined) return;
    samples['webhook delivery'].push(Math.max(0, arrival - end));
    for (const known of [ends, arrivals]) known.delete(uuid);
  }
  receiver.answer = (response, { data }) => {
    response.writeHead(204).end();
    for (const { uuid } of data.jobs ?? []) note(uuid, arrivals, Date.now());
  };
  let stopping = false;

  async function runJobs(): Promise<void> {
    for (let n = 0; !stopping; n += 1) {
      const { uuid, endedAt } = await runJob(client, n, samples);
      note(uuid, ends, endedAt);
      await delay(PAUSE_MS);
    }
  }

  async function exportResults(): Promise<void> {
    while (!stopping) {
      const began = performance.now();
      const response = await fetch(new URL('/export/analyses.jsonl', address), {
        headers: { authorization: `Bearer ${key}` },
      });
      if (!response.ok) throw new Error(`the export was answered with ${response.status}`);
      const reader = response.body?.getReader();
      await reader?.read();
      samples['export start'].push(performance.now() - began);
      await reader?.cancel();
      await delay(5 * PAUSE_MS);
    }
  }

  const running = Promise.all([runJobs(), exportResults()]);
  // Reported by `stop`.
  running.catch(() => undefined);
  return {
    take() {
      const taken = samples;
      samples = noSamples();
      return taken;
    },
    async stop() {
      stopping = true;
      await running;
      await client.close();
      await api.close();
      await receiver.close();
    },
  };
}

async function runJob(
  client: Client,
  n: number,
  samples: Samples,
): Promise<{ readonly uuid: string; readonly endedAt: number }> {
  const began = performance.now();
  const input = { tickers: [`J${n % 500}`], source: 'DEMO' as const, force: true };
  const { submitAnalysis } = await client.request(SubmitAnalysisDocument, { input });
  if (submitAnalysis.__typename !== 'SubmitJobPayload')
    throw new Error(`a submit was answered with ${submitAnalysis.__typename}`);
  const { id } = submitAnalysis.job;
  let endedAt = Date.now();
  for await (const { at } of followJob(client, id)) {
    endedAt = new Date(at).getTime();
    samples['event delay'].push(Math.max(0, Date.now() - endedAt));
  }
  samples['submit to completed'].push(performance.now() - began);
  return { uuid: Buffer.from(id, 'base64').toString().replace('Job:', ''), endedAt };
}
