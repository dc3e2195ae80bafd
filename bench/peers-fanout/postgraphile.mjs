import { createServer } from 'node:http';
import pg from 'pg';
import { postgraphile } from 'postgraphile';
import { jsonParse } from 'postgraphile/@dataplan/json';
import { makePgService } from 'postgraphile/adaptors/pg';
import { context, lambda, listen } from 'postgraphile/grafast';
import { grafserv } from 'postgraphile/grafserv/node';
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber';
import { extendSchema } from 'postgraphile/utils';
import { batchOf, typeDefs } from './schema.mjs';

/** Our tables would bring types of the same names. */
const EMPTY = 'nothing';

/** https://postgraphile.org/postgraphile/5/subscriptions: a field that listens to PostgreSQL's NOTIFY; the payload is the message. */
export async function postgraphile5(url) {
  const events = extendSchema({
    typeDefs: `extend type Subscription { jobEvents(jobId: ID!, fromNow: Boolean): JobEventBatch } ${typeDefs}`,
    objects: {
      Subscription: {
        plans: {
          jobEvents: {
            subscribePlan: (_$root, { $jobId }) =>
              listen(
                context().get('pgSubscriber'),
                lambda($jobId, () => 'bench_events'),
                jsonParse,
              ),
            plan: ($batch) => $batch,
          },
        },
      },
    },
  });
  const pool = new pg.Pool({ connectionString: url, max: 4 });
  await pool.query(`create schema if not exists ${EMPTY}`);
  const serv = postgraphile({
    extends: [PostGraphileAmberPreset],
    plugins: [events],
    pgServices: [makePgService({ connectionString: url, schemas: [EMPTY], pubsub: true })],
    grafserv: { websockets: true, graphqlPath: '/graphql', watch: false },
    grafast: { explain: false },
  }).createServ(grafserv);
  const http = createServer();
  http.on('error', (error) => console.error(error));
  await serv.addTo(http);
  await new Promise((resolve) => http.listen(0, '127.0.0.1', 4_096, resolve));
  return {
    port: http.address().port,
    publish: (seq) => pool.query('select pg_notify($1, $2)', ['bench_events', JSON.stringify(batchOf(seq))]),
  };
}
