import { createServer } from 'node:http';
import { useServer } from 'graphql-ws/use/ws';
import { createPubSub, createSchema, createYoga } from 'graphql-yoga';
import { WebSocketServer } from 'ws';
import { batchOf, typeDefs } from './schema.mjs';

/** https://the-guild.dev/graphql/yoga-server/docs/features/subscriptions: graphql-ws beside yoga, and yoga's own pub/sub in memory. */
export async function yogaGraphqlWs() {
  const pubSub = createPubSub();
  const yoga = createYoga({
    logging: false,
    schema: createSchema({
      typeDefs: `type Query { ok: Boolean } type Subscription { jobEvents(jobId: ID!, fromNow: Boolean): JobEventBatch! } ${typeDefs}`,
      resolvers: {
        Subscription: {
          jobEvents: { subscribe: () => pubSub.subscribe('events'), resolve: (batch) => batch },
        },
      },
    }),
  });
  const http = createServer(yoga);
  const sockets = new WebSocketServer({ server: http, path: yoga.graphqlEndpoint });
  useServer(
    {
      execute: (args) => args.rootValue.execute(args),
      subscribe: (args) => args.rootValue.subscribe(args),
      onSubscribe: async (ctx, _id, params) => {
        const { schema, execute, subscribe, contextFactory, parse, validate } = yoga.getEnveloped({
          ...ctx,
          req: ctx.extra.request,
          socket: ctx.extra.socket,
          params,
        });
        const args = {
          schema,
          operationName: params.operationName,
          document: parse(params.query),
          variableValues: params.variables,
          contextValue: await contextFactory(),
          rootValue: { execute, subscribe },
        };
        const errors = validate(args.schema, args.document);
        return errors.length > 0 ? errors : args;
      },
    },
    sockets,
  );
  await new Promise((resolve) => http.listen(0, '127.0.0.1', 4_096, resolve));
  return { port: http.address().port, publish: (seq) => pubSub.publish('events', batchOf(seq)) };
}
