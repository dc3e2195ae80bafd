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
 * At most `max` at a time for each workspace, and together at most `shared` for those that have one already: the others of that workspace wait in the
 * order in which they came, for `waitMs` at most. A workspace whose statements wait for a lock therefore leaves connections to the others, and a few
 * such workspaces together leave the last ones of the pool to a workspace that has none.
 */
export function createQuotas(max: number, waitMs: number, shared = Number.POSITIVE_INFINITY): Quotas {
  /** In the order of their turns, of those with waiting callers. */
  const quotas = new Map<string, Quota>();
  let awaited = 0;
  let borrowed = 0;

  const mayBorrow = (quota: Quota) => quota.borrowed < max && (quota.borrowed === 0 || borrowed < shared);

  function lend(quota: Quota): void {
    quota.borrowed += 1;
    borrowed += 1;
  }

  function free(workspaceId: string, quota: Quota): void {
    quota.borrowed -= 1;
    borrowed -= 1;
    for (const [id, one] of quotas) {
      const [next] = one.waiting;
      if (next === undefined || !mayBorrow(one)) continue;
      // Its next turn comes after those of the others.
      quotas.delete(id);
      quotas.set(id, one);
      lend(one);
      next();
    }
    if (quota.borrowed === 0 && quota.waiting.size === 0) quotas.delete(workspaceId);
  }

  async function take(workspaceId: string): Promise<() => void> {
    const quota: Quota = quotas.get(workspaceId) ?? { borrowed: 0, waiting: new Set() };
    quotas.set(workspaceId, quota);
    if (mayBorrow(quota)) lend(quota);
    else await wait(quota);
    let taken = true;
    return () => {
      if (taken) free(workspaceId, quota);
      taken = false;
    };
  }

  /** Resolves when a connection was lent to it. */
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
