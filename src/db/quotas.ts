/** Limits how many connections each workspace has borrowed at a time. */
export interface Quotas {
  /** Resolves when the workspace may borrow one more; the caller calls the returned function when it has given the connection back. */
  take(workspaceId: string): Promise<() => void>;
  /** Callers that wait for a connection of their own workspace. */
  awaited(): number;
}

interface Quota {
  borrowed: number;
  /** First come, first served. */
  readonly waiting: Set<() => void>;
}

/** As pg reports it when no connection is free in time: the caller may try again. */
export const outOfTime = () => new Error('timeout exceeded when trying to connect');

/**
 * At most `max` at a time for each workspace; the others of that workspace wait in the order in which they came, for `waitMs` at most. A workspace
 * whose statements wait for a lock therefore leaves connections to the others.
 */
export function createQuotas(max: number, waitMs: number): Quotas {
  const quotas = new Map<string, Quota>();
  let awaited = 0;

  function free(workspaceId: string, quota: Quota): void {
    const [next] = quota.waiting;
    if (next !== undefined) {
      next();
      return;
    }
    quota.borrowed -= 1;
    if (quota.borrowed === 0) quotas.delete(workspaceId);
  }

  async function take(workspaceId: string): Promise<() => void> {
    const quota: Quota = quotas.get(workspaceId) ?? { borrowed: 0, waiting: new Set() };
    quotas.set(workspaceId, quota);
    if (quota.borrowed < max) quota.borrowed += 1;
    else await wait(quota);
    let taken = true;
    return () => {
      if (taken) free(workspaceId, quota);
      taken = false;
    };
  }

  /** Resolves when another caller hands its place over. */
  function wait({ waiting }: Quota): Promise<void> {
    awaited += 1;
    return new Promise<void>((resolve, reject) => {
      const leave = () => {
        awaited -= 1;
        waiting.delete(next);
        clearTimeout(timer);
      };
      const next = () => {
        leave();
        resolve();
      };
      const timer = setTimeout(() => {
        leave();
        reject(outOfTime());
      }, waitMs);
      waiting.add(next);
    });
  }

  return { take, awaited: () => awaited };
}
