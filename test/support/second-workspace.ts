import { expect } from 'vitest';
import type { Db } from '../../src/db/client.ts';
import { sql } from '../../src/db/drizzle.ts';
import type { JobRequest } from '../../src/jobs/submit-job.ts';
import { endedJob, submit } from './engine.ts';
import { eventually } from './eventually.ts';
import { insertWorkspace } from './insert-key.ts';
import { createRowDigest } from './workspace-rows.ts';

/**
 * A second workspace beside poison in a suite of workers, which has no API and thus no bystander (`bystander.ts`): its job runs while the poison
 * is there, and its rows stay as they were then.
 */
export interface SecondWorkspace {
  /** Submits a job of one ticker, by default of the kind of `testTask`, and waits until it has completed without a failure. */
  complete(changes?: Partial<JobRequest>, ticker?: string): Promise<void>;
  /** Fails when a row of the workspace has changed since its last job has ended. */
  expectUnchanged(): Promise<void>;
}

export async function openSecondWorkspace(db: Db): Promise<SecondWorkspace> {
  const workspaceId = await insertWorkspace(db);
  const digest = await createRowDigest(db, workspaceId);
  let rows = await digest();
  return {
    async complete(changes = {}, ticker = 'BESIDE') {
      const id = await submit(db, [ticker], { ...changes, workspaceId });
      const ended = await eventually(() => endedJob(db, id), 40_000);
      expect(ended, 'the job of the second workspace').toMatchObject({ state: 'COMPLETED', succeeded: 1 });
      const items = await db.execute(sql`select failures, crashes from job_items where job_id = ${id}`);
      expect(items.rows, 'the item of the second workspace').toEqual([{ failures: 0, crashes: 0 }]);
      rows = await digest();
    },
    async expectUnchanged() {
      expect(await digest(), 'rows of the second workspace').toEqual(rows);
    },
  };
}
