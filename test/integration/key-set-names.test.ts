import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { loadKeySet } from '../../src/access/load-key-set.ts';
import { createResolve, type Resolve } from '../../src/net/resolve-name.ts';
import { type DnsServer, startDnsServer } from '../support/dns-server.ts';
import { type Issuer, makeKeyOf, startIssuer } from '../support/issuer.ts';

const system = vi.hoisted(() => ({ asked: [] as string[] }));
vi.mock('node:dns/promises', async (original) => ({
  ...(await original<typeof import('node:dns/promises')>()),
  lookup: async (host: string) => {
    system.asked.push(host);
    return [{ address: '127.0.0.1', family: 4 }];
  },
}));

let dns: DnsServer;
let issuer: Issuer;
let resolve: Resolve;
beforeEach(async () => {
  system.asked.length = 0;
  dns = await startDnsServer({ 'issuer.example': '127.0.0.1' });
  issuer = await startIssuer(await makeKeyOf('one'));
  resolve = createResolve({ servers: [dns.server], deadlineMs: 400 });
});
afterEach(async () => {
  await issuer.close();
  await dns.close();
});

const pageAt = (host: string) => issuer.settings.JWKS_URL.replace('127.0.0.1', host);

test('the issuer’s name is looked up at the name servers, without a thread of getaddrinfo', async () => {
  const { keys } = await loadKeySet(pageAt('issuer.example'), 5_000, resolve);
  expect(keys).toMatchObject([{ kid: 'one' }]);
  expect([...dns.asked]).toEqual(['issuer.example']);
  expect(system.asked).toEqual([]);
});

test('an issuer whose name server does not respond fails at the deadline, and the system is not asked', async () => {
  await expect(loadKeySet(pageAt('dead.example'), 5_000, resolve)).rejects.toThrow(/timeout/i);
  await expect(loadKeySet(pageAt('dead2.example'), 100, resolve)).rejects.toThrow(/abort/i);
  expect(system.asked).toEqual([]);
});

test('a name that the name servers do not know is one of the system', async () => {
  const { keys } = await loadKeySet(pageAt('absent.example'), 5_000, resolve);
  expect(keys).toMatchObject([{ kid: 'one' }]);
  expect(system.asked).toEqual(['absent.example']);
});
