import { expect, test } from 'vitest';
import { createAddressOf, isNetwork } from '../../src/client-address.ts';

const trusted = ['10.0.0.0/8', '192.0.2.7', '2001:db8:1::/48'];
const behind = (
  header: 'x-forwarded-for' | 'forwarded',
  value: string | undefined,
  peer: string | undefined = '10.0.0.1',
) =>
  createAddressOf({ trusted, header })({
    headers: { [header]: value },
    socket: { remoteAddress: peer },
  });

test.each([
  ['one proxy', '203.0.113.9', '203.0.113.9'],
  ['two proxies', '203.0.113.9, 10.1.2.3', '203.0.113.9'],
  ['entries that the client made up', '1.1.1.1, 10.9.9.9, 203.0.113.9, 192.0.2.7', '203.0.113.9'],
  ['no header', undefined, '10.0.0.1'],
  ['an empty header', '', '10.0.0.1'],
  ['trusted proxies only', '10.2.2.2, 10.3.3.3', '10.2.2.2'],
  ['what is no address', '203.0.113.9, unknown, 10.1.2.3', '10.1.2.3'],
  ['a port', '203.0.113.9:4711', '203.0.113.9'],
  ['IPv6', '2001:db8:2::1, 2001:db8:1::5', '2001:db8:2::1'],
  ['IPv6 with a port', '[2001:db8:2::1]:80', '2001:db8:2::1'],
  ['IPv4 in IPv6', '::ffff:203.0.113.9', '203.0.113.9'],
])('X-Forwarded-For with %s', (_what, value, expected) => {
  expect(behind('x-forwarded-for', value)).toBe(expected);
});

test.each([
  ['one proxy', 'for=203.0.113.9;proto=https;by=10.0.0.1', '203.0.113.9'],
  ['two proxies', 'for=203.0.113.9, For="10.1.2.3:80"', '203.0.113.9'],
  ['IPv6', 'proto=https; for="[2001:db8:2::1]:47"', '2001:db8:2::1'],
  ['a hidden client', 'for=203.0.113.9, for=_hidden, for=10.1.2.3', '10.1.2.3'],
  ['no for', 'proto=https', '10.0.0.1'],
  ['a comma within quotes', 'for="203.0.113.9, 203.0.113.8"', '10.0.0.1'],
])('Forwarded with %s', (_what, value, expected) => {
  expect(behind('forwarded', value)).toBe(expected);
});

test('the header of a peer that is not trusted is not read', () => {
  expect(behind('x-forwarded-for', '203.0.113.9', '198.51.100.4')).toBe('198.51.100.4');
  const withoutProxies = createAddressOf({ trusted: [], header: 'forwarded' });
  const headers = { forwarded: 'for=203.0.113.9', 'x-forwarded-for': '203.0.113.9' };
  expect(withoutProxies({ headers, socket: { remoteAddress: '10.0.0.1' } })).toBe('10.0.0.1');
});

test('only the chosen header is read', () => {
  const addressOf = createAddressOf({ trusted, header: 'x-forwarded-for' });
  const headers = { forwarded: 'for=203.0.113.9' };
  expect(addressOf({ headers, socket: { remoteAddress: '10.0.0.1' } })).toBe('10.0.0.1');
});

test('a peer over IPv4 is the same on a server that listens on IPv6, and one that has gone has no address', () => {
  expect(behind('x-forwarded-for', '203.0.113.9', '::ffff:10.0.0.1')).toBe('203.0.113.9');
  expect(createAddressOf({ trusted, header: 'forwarded' })({ headers: {}, socket: {} })).toBe('');
});

test.each([
  ['10.0.0.1', true],
  ['10.0.0.0/8', true],
  ['::1', true],
  ['2001:db8::/32', true],
  ['10.0.0.0/33', false],
  ['10.0.0/8', false],
  ['::/129', false],
  ['10.0.0.0/8/8', false],
  ['10.0.0.0/', false],
  ['localhost', false],
])('%s is a network: %s', (text, expected) => {
  expect(isNetwork(text)).toBe(expected);
});
