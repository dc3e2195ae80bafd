import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createAddressOf, isNetwork, limitAddressOf } from '../../src/client-address.ts';

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
  ['IPv4 in IPv6 as hexadecimal digits', '0:0:0:0:0:FFFF:cb00:7109', '203.0.113.9'],
  ['IPv6 in another form', '2001:0DB8:2:0::0:1', '2001:db8:2::1'],
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
  [
    'an address within a quoted host before it',
    'proto=http;host="x;for=9.9.9.9";for=203.0.113.9',
    '203.0.113.9',
  ],
  ['an address within a quoted host after it', 'for=203.0.113.9;host="x,for=9.9.9.9"', '203.0.113.9'],
  [
    'an escaped quote within a quoted host',
    String.raw`host="x\";for=9.9.9.9";for=203.0.113.9`,
    '203.0.113.9',
  ],
  ['an escaped character in the address', String.raw`for="203\.0.113.9"`, '203.0.113.9'],
  ['two addresses in one element', 'for=9.9.9.9;for=203.0.113.9', '10.0.0.1'],
  ['two addresses in the element of a proxy', 'for=203.0.113.9, for=9.9.9.9;FOR=10.1.2.3', '10.0.0.1'],
  ['a quote that is never closed', 'for="9.9.9.9, for=203.0.113.9', '10.0.0.1'],
  ['a quote that ends in the next element', 'for=9.9.9.9, by=", for="[2001:db8:2::1]"', '10.0.0.1'],
  ['text after a quote', 'for=9.9.9.9;by="a"b', '10.0.0.1'],
  ['a pair without a value', 'secure;for=203.0.113.9;by=', '203.0.113.9'],
])('Forwarded with %s', (_what, value, expected) => {
  expect(behind('forwarded', value)).toBe(expected);
});

test('whatever the client sends in Forwarded, the address is its own or that of the proxy', () => {
  const parts = [
    'for=9.9.9.9',
    'for="9.9.9.9"',
    '"',
    '\\',
    ',',
    ';',
    '=',
    ' ',
    'for',
    'host="x',
    '9.9.9.9',
    'a',
  ];
  const written = fc.array(fc.constantFrom(...parts), { maxLength: 12 }).map((some) => some.join(''));
  const quoted = written.map((text) => `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`);
  const client = fc.constantFrom('203.0.113.9', '2001:db8:2::1');
  fc.assert(
    fc.property(written, quoted, client, fc.boolean(), (before, host, address, isFirst) => {
      const own = address.includes(':') ? `for="[${address}]"` : `for=${address}`;
      const element = isFirst ? `${own};host=${host}` : `host=${host};${own}`;
      expect(behind('forwarded', element)).toBe(address);
      expect(['10.0.0.1', address]).toContain(behind('forwarded', `${before}, ${element}`));
    }),
    { numRuns: 500 },
  );
});

test.each([
  ['203.0.113.9', '203.0.113.9'],
  ['2001:db8:5:5::1', '2001:db8:5:5::/64'],
  ['2001:db8:5:5:ffff:1:2:3', '2001:db8:5:5::/64'],
  ['2001:db8:5:6::1', '2001:db8:5:6::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['1:2:3:4:5:6::', '1:2:3:4::/64'],
  ['::203.0.113.9', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['64:ff9b::cb00:7109', '64:ff9b::cb00:7109'],
  ['', ''],
])('limits count %s as %s', (address, expected) => {
  expect(limitAddressOf(address)).toBe(expected);
});

test('limits count two addresses together exactly when their first 64 bits are equal', () => {
  const groups = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 });
  const text = (all: readonly number[]) =>
    behind('x-forwarded-for', all.map((group) => group.toString(16)).join(':'));
  fc.assert(
    fc.property(groups, groups, fc.integer({ min: 0, max: 3 }), (one, other, changed) => {
      // IPv4 that is mapped or translated counts alone.
      fc.pre(![0, 1, 0x64, 0x65].includes(one[0] ?? 0));
      const same = [...one.slice(0, 4), ...other.slice(4)];
      expect(limitAddressOf(text(same))).toBe(limitAddressOf(text(one)));
      const elsewhere = one.with(changed, (one[changed] ?? 0) ^ 1);
      expect(limitAddressOf(text(elsewhere))).not.toBe(limitAddressOf(text(one)));
    }),
  );
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
