import { Resolver } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { createSlots } from '../rates/slots.ts';

export interface Address {
  readonly address: string;
  readonly family: number;
}

/**
 * The addresses of a host name; none when there is no such name. Throws when the name servers do not respond in time, and with the reason of
 * `signal`. Owners, such as workspaces, have a number of look-ups at a time each.
 */
export type Resolve = (
  host: string,
  options: { readonly owner: string; readonly signal: AbortSignal },
) => Promise<readonly Address[]>;

/** Look-ups of an owner at a time: each holds a socket, and a name server may limit how much it is asked. */
const PER_OWNER = 4;
/** Less than half of a message's time. */
const DEADLINE_MS = 4_000;

/** RFC 6761, 6.3: `localhost` and what is below it is never asked of a name server. */
const LOCALHOST = /^(.+\.)?localhost\.?$/i;
const LOOPBACK: readonly Address[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];

/** Codes of c-ares for a name, or a kind of address of it, that there is not. */
const ABSENT = new Set(['ENOTFOUND', 'ENODATA']);

/**
 * Looks names up by asking name servers itself. `getaddrinfo`, which `dns.lookup` and `fetch` use, waits on one of the four threads that files and
 * compression need, too: four names whose servers do not respond would stop every look-up of the process, and nothing ends one early. Names in the
 * hosts file come first, as there.
 */
export function createResolve({
  servers = null,
  hostsFile = '/etc/hosts',
  deadlineMs = DEADLINE_MS,
}: {
  /** `<address>:<port>` each; null: those of the system. */
  readonly servers?: readonly string[] | null;
  readonly hostsFile?: string;
  /** From the request to the addresses, the wait for a turn included. */
  readonly deadlineMs?: number;
} = {}): Resolve {
  const slots = createSlots({ perOwner: PER_OWNER });

  async function ask(host: string, signal: AbortSignal): Promise<readonly Address[]> {
    const listed = addressesIn(await readFile(hostsFile, 'utf8').catch(() => ''), host);
    signal.throwIfAborted();
    if (listed.length > 0) return listed;
    // One for each look-up: it can be cancelled alone, and a change of the system's servers is seen.
    // A name server has a quarter of the time, and then half of it.
    const resolver = new Resolver({ timeout: deadlineMs / 4, tries: 2 });
    if (servers !== null) resolver.setServers(servers);
    const cancel = () => resolver.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      const found = await Promise.all([
        resolver.resolve4(host).catch(orNone),
        resolver.resolve6(host).catch(orNone),
      ]);
      return found.flat().map((address) => ({ address, family: isIP(address) }));
    } finally {
      signal.removeEventListener('abort', cancel);
      signal.throwIfAborted();
    }
  }

  return async (host, { owner, signal }) => {
    if (LOCALHOST.test(host)) return LOOPBACK;
    const either = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]);
    return slots.run(owner, () => ask(host, either));
  };
}

function orNone(error: NodeJS.ErrnoException): string[] {
  if (ABSENT.has(error.code ?? '')) return [];
  throw error;
}

/** The addresses that a hosts file (hosts(5)) gives a name. */
export function addressesIn(hosts: string, name: string): Address[] {
  const wanted = name.toLowerCase().replace(/\.$/, '');
  return hosts.split('\n').flatMap((line) => {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    const family = isIP(address);
    return family !== 0 && names.some((known) => known.toLowerCase() === wanted) ? [{ address, family }] : [];
  });
}
