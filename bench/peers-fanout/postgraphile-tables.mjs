import { createServer } from 'node:http';
import { postgraphile } from 'postgraphile';
import { makePgService } from 'postgraphile/adaptors/pg';
import { grafserv } from 'postgraphile/grafserv/node';
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber';

/** The API that PostGraphile makes of our tables, with its defaults for production: connections of ten, no watching, no explaining. */
export async function postgraphileTables(url) {
  const serv = postgraphile({
    extends: [PostGraphileAmberPreset],
    pgServices: [
      makePgService({ connectionString: url, schemas: ['public', 'peer'], poolConfig: { max: 10 } }),
    ],
    grafserv: { graphqlPath: '/graphql', watch: false, graphiql: false },
    grafast: { explain: false },
  }).createServ(grafserv);
  const http = createServer();
  http.on('error', (error) => console.error(error));
  await serv.addTo(http);
  await new Promise((resolve) => http.listen(0, '127.0.0.1', 4_096, resolve));
  return { port: http.address().port, publish: () => undefined };
}
