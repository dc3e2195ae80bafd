import { setTimeout as delay } from 'node:timers/promises';
import { type Client, connect, RequestError } from '../../packages/client/src/connect.ts';
import { followJob } from '../../packages/client/src/follow-job.ts';
import { TEST_KEY } from '../support/key.ts';
import type { Follower } from './history.ts';
import { toGlobal } from './load.ts';

export interface Followers {
  readonly all: readonly Follower[];
  follow(jobId: string): void;
  /** Resolves when every follower has come to an end, at the latest after the time given. */
  finish(withinMs: number): Promise<void>;
}

/** One in this many acknowledged jobs is followed, at every node, from now and from a little later. */
const EVERY = 4;

export function startFollowers(urls: readonly string[]): Followers {
  const all: (Follower & { seqs: number[]; end: string | null })[] = [];
  const clients = new Set<Client>();
  const running = new Set<Promise<void>>();
  let jobs = 0;

  async function run(jobId: string, url: string, lateMs: number): Promise<void> {
    const follower = {
      name: `follower ${all.length} of ${url}`,
      jobId,
      seqs: [] as number[],
      end: null as string | null,
    };
    all.push(follower);
    await delay(lateMs);
    const client = connect(url, { key: TEST_KEY });
    clients.add(client);
    try {
      for await (const { seq } of followJob(client, toGlobal(jobId))) follower.seqs.push(seq);
      follower.end = 'COMPLETE';
    } catch (error) {
      follower.end = error instanceof RequestError ? `${error.code}: ${error.message}` : String(error);
    } finally {
      clients.delete(client);
      void client.close();
    }
  }

  return {
    all,
    follow(jobId) {
      jobs += 1;
      if (jobs % EVERY !== 0) return;
      urls.forEach((url, index) => {
        const work: Promise<void> = run(jobId, url, index * 700 * Math.random()).finally(() =>
          running.delete(work),
        );
        running.add(work);
      });
    },
    async finish(withinMs) {
      const limit = new AbortController();
      await Promise.race([Promise.all(running), delay(withinMs, undefined, { signal: limit.signal })]);
      limit.abort();
      for (const client of clients) void client.close();
    },
  };
}
