import { createPostgresBackend, Queue, Worker } from 'bullmq';

const QUEUE = 'noop';
const SCHEMA = 'bullmq';

/** https://docs.bullmq.io/guide/postgresql: the backend on PostgreSQL; done jobs are removed, as graphile-worker does. */
export async function bullmq(url, onStart) {
  const options = { connection: { connectionString: url, schema: SCHEMA, max: 25, migrate: true } };
  const queue = new Queue(QUEUE, options, createPostgresBackend);
  await queue.waitUntilReady();
  const settings = { removeOnComplete: true };
  let worker;
  return {
    schema: SCHEMA,
    fill: (count) =>
      queue.addBulk(Array.from({ length: count }, (_, i) => ({ name: 'noop', data: { i }, opts: settings }))),
    async start() {
      worker = new Worker(
        QUEUE,
        async () => onStart(),
        { ...options, concurrency: 24 },
        createPostgresBackend,
      );
      worker.on('error', (error) => console.error(error));
      await worker.waitUntilReady();
    },
    add: () => queue.add('noop', {}, settings),
    async remaining() {
      const counts = await queue.getJobCounts('waiting', 'active', 'delayed', 'prioritized');
      return Object.values(counts).reduce((sum, count) => sum + count, 0);
    },
    async stop() {
      await worker.close();
      await queue.close();
    },
  };
}
