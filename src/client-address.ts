import { BlockList, isIP } from 'node:net';

/** How an address is found behind reverse proxies. */
export interface ProxyRules {
  /** Addresses and networks (CIDR) of reverse proxies whose header is believed. */
  readonly trusted: readonly string[];
  /** The header that they set. One header only: a client could send the other one, and the proxy would pass it on. */
  readonly header: 'x-forwarded-for' | 'forwarded';
}

interface Asked {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly socket: { readonly remoteAddress?: string | undefined };
}

/** The address of the client that sent a request; empty when its connection has ended. */
export type AddressOf = (request: Asked) => string;

/**
 * The address of the peer, or, when the peer is a trusted proxy, the last address in the proxy's header that is not a trusted proxy. Each proxy
 * appends its own peer, so what stands before that address was written by the client and is not believed. An entry that is no address (`unknown`,
 * `_hidden`) ends the search at the proxy that wrote it.
 */
export function createAddressOf({ trusted, header }: ProxyRules): AddressOf {
  if (trusted.length === 0) return ({ socket }) => plain(socket.remoteAddress ?? '');
  const proxies = new BlockList();
  for (const network of trusted) addNetwork(proxies, network);
  const isTrusted = (address: string) => proxies.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');

  return ({ headers, socket }) => {
    let address = plain(socket.remoteAddress ?? '');
    if (isIP(address) === 0 || !isTrusted(address)) return address;
    const text = String(headers[header] ?? '');
    const hops = header === 'forwarded' ? hopsOfForwarded(text) : text.split(',');
    for (const hop of hops.reverse()) {
      const next = addressIn(hop);
      if (next === null) return address;
      address = next;
      if (!isTrusted(address)) return address;
    }
    return address;
  };
}

/** Whether the text is an address or a network such as 10.0.0.0/8. */
export function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 6 ? 128 : 32));
}

function addNetwork(list: BlockList, network: string): void {
  const [address = '', bits] = network.split('/');
  const version = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  if (bits === undefined) list.addAddress(address, version);
  else list.addSubnet(address, Number(bits), version);
}

/** IPv4 as itself, also where the server listens on IPv6 and the system maps it. */
const plain = (address: string) => (/^::ffff:[\d.]+$/i.test(address) ? address.slice(7) : address);

/** The `for` of each element (RFC 7239); an element without one is empty. */
function hopsOfForwarded(text: string): string[] {
  return text.split(',').map((element) => {
    const [, hop = ''] = /(?:^|;)\s*for\s*=\s*("[^"]*"|[^;\s]*)/i.exec(element) ?? [];
    return hop.replaceAll('"', '');
  });
}

/** An address as proxies write it: alone, with a port, or, of IPv6, in brackets. Null: it is none. */
function addressIn(hop: string): string | null {
  const text = hop.trim();
  const [, inBrackets] = /^\[([^\]]+)\](?::\d+)?$/.exec(text) ?? [];
  const [, withPort] = /^([\d.]+):\d+$/.exec(text) ?? [];
  const address = plain(inBrackets ?? withPort ?? text);
  return isIP(address) === 0 ? null : address;
}
