import { BlockList, isIP, SocketAddress } from 'node:net';

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

/** IPv4 as itself, also where the system maps it into IPv6. IPv6 in its one canonical form; what is no address stays as it is. */
function plain(address: string): string {
  if (isIP(address) !== 6) return address;
  const canonical = new SocketAddress({ address, family: 'ipv6' }).address;
  return canonical.startsWith('::ffff:') && canonical.includes('.') ? canonical.slice(7) : canonical;
}

/**
 * The text under which limits per address count an address that `AddressOf` returned. An IPv6 client usually has a whole /64 network and can use
 * another of its addresses for each connection, so all addresses of the network count together. An IPv4 address counts alone, also one that a
 * translator maps into 64:ff9b::/96 (RFC 6052).
 */
export function limitAddressOf(address: string): string {
  if (isIP(address) !== 6 || /^64:ff9b::[^:]*(:[^:]*)?$/.test(address)) return address;
  const [before = '', after] = (address.split('%')[0] ?? '').split('::');
  const groupsOf = (text: string) => (text === '' ? [] : text.split(':'));
  const [first, last] = [groupsOf(before), groupsOf(after ?? '')];
  // An IPv4 address at the end stands for two groups.
  const written = first.length + last.length + (address.includes('.') ? 1 : 0);
  const zeros = Array.from({ length: after === undefined ? 0 : 8 - written }, () => '0');
  return `${[...first, ...zeros, ...last].slice(0, 4).join(':')}::/64`;
}

/** A pair of an element of `Forwarded`, or nothing, up to the separator. Within quotes a separator is text. */
const PAIR = /\s*(?:([^\s=",;]+)\s*(?:=\s*(?:("(?:[^"\\]|\\.)*"|[^\s",;]+)\s*)?)?)?([,;]|$)/y;

/**
 * The `for` of each element (RFC 7239). An element without one, or with two, is empty. Where the quoting is broken nobody can tell the elements
 * apart: what follows is one empty element.
 */
function hopsOfForwarded(text: string): string[] {
  const hops: string[] = [];
  let found: string[] = [];
  const pair = new RegExp(PAIR);
  for (;;) {
    const match = pair.exec(text);
    if (match === null) return [...hops, ''];
    const [, name = '', value = '', separator] = match;
    if (name.toLowerCase() === 'for') found.push(unquote(value));
    if (separator === ';') continue;
    hops.push(found.length === 1 ? (found[0] ?? '') : '');
    found = [];
    if (separator === '') return hops;
  }
}

const unquote = (value: string) =>
  value.startsWith('"') ? value.slice(1, -1).replaceAll(/\\(.)/g, '$1') : value;

/** An address as proxies write it: alone, with a port, or, of IPv6, in brackets. Null: it is none. */
function addressIn(hop: string): string | null {
  const text = hop.trim();
  const [, inBrackets] = /^\[([^\]]+)\](?::\d+)?$/.exec(text) ?? [];
  const [, withPort] = /^([\d.]+):\d+$/.exec(text) ?? [];
  const address = plain(inBrackets ?? withPort ?? text);
  return isIP(address) === 0 ? null : address;
}
