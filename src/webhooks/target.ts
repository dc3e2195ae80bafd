import { isIP } from 'node:net';
import { InvalidInputError } from '../errors.ts';
import { isLoopback, isPublicAddress } from './address.ts';

/** Where webhooks may go. */
export interface TargetPolicy {
  /** Ports that may be named. */
  readonly ports: readonly number[];
  /** For development: plain HTTP and any port of this machine, too. */
  readonly loopback: boolean;
}

const MAX_LENGTH = 2_000;

/** The address of a receiver. What its name resolves to is checked again whenever a message is sent. */
export function parseTarget(text: string, { ports, loopback }: TargetPolicy): URL {
  const refuse = (message: string) => new InvalidInputError('url', message);
  if (text.length > MAX_LENGTH) throw refuse(`A URL has at most ${MAX_LENGTH} characters.`);
  if (!URL.canParse(text)) throw refuse('Give a complete URL such as https://example.com/hooks.');
  const url = new URL(text);
  if (url.username !== '' || url.password !== '')
    throw refuse('The URL must not contain a user name or password: messages are signed instead.');
  if (url.hash !== '') throw refuse('The URL must not have a fragment (#…).');
  if (loopback && isLocalName(url.hostname) && /^https?:$/.test(url.protocol)) return url;
  if (url.protocol !== 'https:') throw refuse('The URL must begin with https://.');
  const port = url.port === '' ? 443 : Number(url.port);
  if (!ports.includes(port)) throw refuse(`Port ${port} is not allowed; use one of ${ports.join(', ')}.`);
  const host = bareHost(url);
  if (isLocalName(url.hostname) || (isIP(host) !== 0 && !isPublicAddress(host)))
    throw refuse('The host of the URL is not on the public internet.');
  return url;
}

/** Without the brackets of an IPv6 address. */
export function bareHost({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

/** An address that the receiver's name resolved to may be connected to. */
export function mayReach(address: string, { loopback }: TargetPolicy): boolean {
  return isPublicAddress(address) || (loopback && isLoopback(address));
}

function isLocalName(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  return host === 'localhost' || host.endsWith('.localhost') || isLoopback(host);
}
