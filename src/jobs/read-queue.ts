import type { Db } from '../db/client.ts';
import { getQueueSwitch } from './pause-queue.ts';
import { listWorkers, measureBacklog } from './queue.store.ts';
import type { Backlog, QueueSwitch, WorkerSeen } from './queue.ts';

/** A workspace's queue; what costs a statement is read when it is asked for, and once. */
export interface Queue extends QueueSwitch {
  workers(): Promise<readonly WorkerSeen[]>;
  backlog(): Promise<Backlog>;
}

export interface Queues {
  of(workspaceId: string): Promise<Queue>;
}

/** A worker that was silent for longer than `leaseMs` is shown as gone. Workers are of all workspaces, and so is what they are counted to run. */
export function createQueues(deps: {
  readonly dbOf: (workspaceId: string) => Db;
  readonly relay: Db;
  readonly leaseMs: number;
}): Queues {
  const { dbOf, relay, leaseMs } = deps;
  return {
    of: async (workspaceId) => ({
      ...(await getQueueSwitch(dbOf(workspaceId), workspaceId)),
      workers: once(() => listWorkers(relay, leaseMs)),
      backlog: once(() => measureBacklog(dbOf(workspaceId), workspaceId)),
    }),
  };
}

function once<Value>(read: () => Promise<Value>): () => Promise<Value> {
  let value: Promise<Value> | null = null;
  return () => {
    value ??= read();
    return value;
  };
}
