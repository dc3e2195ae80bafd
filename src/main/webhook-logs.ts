import { restoredFilter } from '../analyses/feed.ts';
import { readFeed, readInOrder } from '../analyses/read-feed.ts';
import type { Db } from '../db/client.ts';
import { ownedKey } from '../db/owned.ts';
import { listJobEnds } from '../jobs/end.store.ts';
import { listJobsByIds } from '../jobs/job.store.ts';
import { listTickersOfLists } from '../watchlists/watchlist.store.ts';
import type { WebhookLog } from '../webhooks/deliver-webhooks.ts';
import { removedSubject, toldAnalysis, toldJob } from '../webhooks/message.ts';
import type { WebhookEvent } from '../webhooks/webhook.ts';

/** What webhooks tell, from the logs that subscribers read. */
export function createWebhookLogs(db: Db): Readonly<Record<WebhookEvent, WebhookLog>> {
  return {
    JOB_FINISHED: {
      async next({ workspaceId, position }, limit) {
        const ends = await listJobEnds(db, workspaceId, position, limit);
        return { position: ends.at(-1)?.position ?? position, subjectIds: ends.map(({ jobId }) => jobId) };
      },
      async tell(workspaceId, ids) {
        const jobs = new Map((await listJobsByIds(db, workspaceId, ids)).map((job) => [job.id, job]));
        return ids.map((id) => {
          const job = jobs.get(id);
          return job === undefined ? removedSubject('Job', id) : toldJob(job);
        });
      },
    },
    ANALYSIS_STORED: {
      async next({ workspaceId, filter: stored, position: after }, limit) {
        const filter = restoredFilter(stored);
        const { watchlistId } = filter;
        const lists =
          watchlistId === undefined ? null : await listTickersOfLists(db, [{ workspaceId, id: watchlistId }]);
        const listed =
          watchlistId === undefined ? undefined : lists?.get(ownedKey({ workspaceId, id: watchlistId }));
        if (lists !== null && listed === undefined) return null;
        const { position, analyses } = await readFeed(db, { workspaceId, after, limit }, filter, listed);
        return { position, subjectIds: analyses.map(({ id }) => id) };
      },
      async tell(workspaceId, ids) {
        const results = new Map((await readInOrder(db, workspaceId, ids)).map((row) => [row.id, row]));
        return ids.map((id) => {
          const result = results.get(id);
          return result === undefined ? removedSubject('Analysis', id) : toldAnalysis(result);
        });
      },
    },
  };
}
