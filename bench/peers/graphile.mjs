import { Logger, makeWorkerUtils, run } from 'graphile-worker';

const silent = new Logger(() => () => undefined);

/** https://worker.graphile.org/docs/performance: its own configuration of the best throughput. */
const batching = { localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 };

function contestant(schema, settings) {
  return async (url, onStart) => {
    const preset = {
      worker: {
        connectionString: url,
        schema,
        concurrentJobs: 24,
        maxPoolSize: 25,
        pollInterval: 2_000,
        ...settings,
      },
    };
    const utils = await makeWorkerUtils({ logger: silent, preset });
    await utils.migrate();
    let runner;
    return {
      schema,
      fill: (count) =>
        utils.addJobs(Array.from({ length: count }, (_, i) => ({ identifier: 'noop', payload: { i } }))),
      async start() {
        runner = await run({
          logger: silent,
          preset,
          taskList: { noop: async () => onStart() },
          noHandleSignals: true,
        });
      },
      add: () => utils.addJob('noop', {}),
      async remaining() {
        const { rows } = await utils.withPgClient((client) =>
          client.query(`select count(*)::int as n from ${schema}._private_jobs`),
        );
        return rows[0].n;
      },
      async stop() {
        await runner.stop();
        await utils.release();
      },
    };
  };
}

export const graphileDefault = contestant('graphile_default', {});
export const graphileBatched = contestant('graphile_batched', batching);
