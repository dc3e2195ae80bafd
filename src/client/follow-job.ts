import type { Client } from './connect.ts';
import { RequestError } from './connect.ts';
import { JobEventsDocument, type JobEventsSubscription } from './generated/graphql.ts';

export type JobEvent = JobEventsSubscription['jobEvents']['events'][number];

/**
 * Every event of a job behind `after`, once and in order, through lost connections and restarted servers: each time the connection comes
 * back the subscription is made anew with the last seq seen, and what is known already is dropped; so too when the server's database is
 * away for a moment. Ends after the job's last event.
 * Throws RequestError when the server refuses (no such job), or when events are missing: then retention has removed them.
 */
export async function* followJob(
  client: Client,
  jobId: string,
  after = 0,
): AsyncGenerator<JobEvent, void, void> {
  let last = after;
  for (let failures = 0; ; failures += 1) {
    const stream = subscribe(client, jobId, last);
    try {
      for await (const batch of stream) {
        for (const event of batch.events) {
          if (event.seq <= last) continue;
          if (event.seq !== last + 1)
            throw new RequestError(`events ${last + 1} to ${event.seq - 1} are gone`, 'GAP');
          last = event.seq;
          failures = 0;
          yield event;
        }
      }
      return;
    } catch (error) {
      if (!mayPass(error)) throw error;
      await pause(failures);
    }
  }
}

/** Full jitter, at most 10 s: clients that lost the same server do not come back together. */
function pause(failures: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(10_000, 50 * 2 ** failures)));
}

/** The connection was lost: subscribe again behind what has been seen. */
class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** A lost connection, or a server that says it cannot answer at the moment. */
function mayPass(error: unknown): boolean {
  return error instanceof Interrupted || (error instanceof RequestError && error.code === 'UNAVAILABLE');
}

type Batch = JobEventsSubscription['jobEvents'];

/**
 * One subscription on one connection. The socket's own retry would repeat it with the old `after`; so a reconnect ends it here and the
 * caller begins a new one.
 */
async function* subscribe(client: Client, jobId: string, after: number): AsyncGenerator<Batch, void, void> {
  const batches: Batch[] = [];
  let end: { readonly error: unknown } | null = null;
  let bell = Promise.withResolvers<void>();
  const finish = (error: unknown) => {
    end ??= { error };
    bell.resolve();
  };
  const stopListening = client.sockets.on('closed', () => finish(new Interrupted()));
  const unsubscribe = client.sockets.subscribe<JobEventsSubscription>(
    { query: JobEventsDocument.toString(), variables: { jobId, after } },
    {
      next({ data, errors }) {
        if (errors !== undefined && errors.length > 0) return finish(toRequestError(errors));
        if (data != null) batches.push(data.jobEvents);
        bell.resolve();
      },
      error: (error) => finish(Array.isArray(error) ? toRequestError(error) : new Interrupted()),
      complete: () => finish(null),
    },
  );
  try {
    for (;;) {
      const batch = batches.shift();
      if (batch !== undefined) {
        yield batch;
        continue;
      }
      const ended = end as { readonly error: unknown } | null;
      if (ended !== null) {
        if (ended.error !== null) throw ended.error;
        return;
      }
      await bell.promise;
      bell = Promise.withResolvers();
    }
  } finally {
    stopListening();
    unsubscribe();
  }
}

function toRequestError(errors: readonly { message: string; extensions?: unknown }[]): RequestError {
  const [error] = errors;
  const extensions = error?.extensions as { code?: string } | undefined;
  return new RequestError(error?.message ?? 'refused', extensions?.code ?? null);
}
