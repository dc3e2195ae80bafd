// Loaded into the worker of `npm run bench -- tenants`: its look-ups of names go to the benchmark's name server, which does not respond to all.
import dns from 'node:dns/promises';
import { syncBuiltinESMExports } from 'node:module';

const { Resolver } = dns;
dns.Resolver = class extends Resolver {
  constructor(options) {
    super(options);
    this.setServers([process.env.BENCH_NAME_SERVER ?? '']);
  }
};
syncBuiltinESMExports();
