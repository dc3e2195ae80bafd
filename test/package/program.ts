import {
  type Client,
  connect,
  followAnalyses,
  followJob,
  type JobEvent,
  RequestError,
  watchJob,
} from 'thetool-client';
import { SubmitAnalysisDocument, type SubmitAnalysisMutation } from 'thetool-client/documents';

const client: Client = connect('https://api.example/graphql', { key: () => 'token' });

export async function run(): Promise<JobEvent[]> {
  const submitted: SubmitAnalysisMutation = await client.request(SubmitAnalysisDocument, {
    input: { tickers: ['AAPL'], source: 'DEMO' },
  });
  const result = submitted.submitAnalysis;
  if (result.__typename !== 'SubmitJobPayload') throw new RequestError(result.message, result.code);
  const events: JobEvent[] = [];
  for await (const event of followJob(client, result.job.id, { after: 0 })) events.push(event);
  for await (const { state } of watchJob(client, result.job.id)) if (state === 'COMPLETED') break;
  for await (const { cursor, analyses } of followAnalyses(client, { from: 'OLDEST' })) {
    const first: string | undefined = analyses[0]?.ticker;
    if (first === cursor) break;
  }
  return events;
}
