import pg from 'pg';

/**
 * Polls of the hub, what a connection says when it is new or was another workspace's (how often that is, `row-level-security.test.ts` counts),
 * and what is asked once for many operations: portions of a rate limit, counts of refusals and of quotas, and whether a key is still valid.
 */
const besides: ReadonlySet<string> = new Set([
  'listHeads',
  'noticeDeadClient',
  'prepareSession',
  'trimNotifyQueue',
  'enterSession',
  'leasePoints',
  'countRefusals',
  'listKeysToProve',
  'touchKey',
  'countQueuedItems',
  'countStoredResponses',
]);

export interface StatementCounter {
  /** The names of the statements that were sent while the work was done, in their order, and how often a connection was set to a session for them. */
  during<T>(
    work: () => Promise<T>,
  ): Promise<{ readonly result: T; readonly statements: readonly string[]; readonly entered: number }>;
  stop(): void;
}

/** Hears every statement of the connections with this application name in this process. */
export function countStatements(applicationName: string): StatementCounter {
  const sent: string[] = [];
  const query = pg.Client.prototype.query;
  pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
    const { connectionParameters } = this as unknown as {
      connectionParameters: { application_name?: string };
    };
    const text = typeof args[0] === 'string' ? args[0] : String((args[0] as { text?: string }).text);
    if (connectionParameters.application_name === applicationName)
      sent.push(/\/\* (\w+) \*\//.exec(text)?.[1] ?? text);
    return (query as (...all: unknown[]) => unknown).apply(this, args);
  } as typeof query;
  return {
    async during(work) {
      const start = sent.length;
      const result = await work();
      const all = sent.slice(start);
      const statements = all.filter((name) => !besides.has(name));
      return { result, statements, entered: all.filter((name) => name === 'enterSession').length };
    },
    stop() {
      pg.Client.prototype.query = query;
    },
  };
}
