import { PgBoss } from 'pg-boss';

const QUEUE = 'noop';

function contestant(schema, work) {
  return async (url, onStart) => {
    const boss = new PgBoss({
      connectionString: url,
      schema,
      max: 25,
      useListenNotify: true,
      // How soon a worker that takes single jobs learns of a backlog; its defaults are 60 s.
      monitorIntervalSeconds: 1,
      superviseIntervalSeconds: 1,
      queueCacheIntervalSeconds: 1,
    });
    boss.on('error', (error) => console.error(error));
    await boss.start();
    await boss.createQueue(QUEUE, { notify: true });
    return {
      schema,
      fill: (count) =>
        boss.insert(
          QUEUE,
          Array.from({ length: count }, (_, i) => ({ data: { i } })),
        ),
      start: () =>
        boss.work(QUEUE, work, async (jobs) => {
          for (const _ of jobs) onStart();
        }),
      add: () => boss.send(QUEUE, {}),
      async remaining() {
        const { rows } = await boss
          .getDb()
          .executeSql(`select count(*)::int as n from ${schema}.job where state < 'completed'`);
        return rows[0].n;
      },
      stop: () => boss.stop({ graceful: true, timeout: 5_000 }),
    };
  };
}

/** One job per handler call, as most users run it: 24 workers, woken by NOTIFY, polling as often as it allows. */
export const pgBoss = contestant('pgboss_single', {
  localConcurrency: 24,
  batchSize: 1,
  pollingIntervalSeconds: 0.5,
  notifyPollingIntervalSeconds: 0.5,
  burstWhenReadyExceeds: 1,
});
/** Many jobs per handler call, all of which pass or fail together. */
export const pgBossBatched = contestant('pgboss_batched', {
  batchSize: 500,
  localConcurrency: 2,
  pollingIntervalSeconds: 0.5,
  notifyPollingIntervalSeconds: 0.5,
  burstWhenBatchFull: true,
});
