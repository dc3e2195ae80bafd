import { describe, expect, test } from 'vitest';
import { isPublicAddress } from '../../../src/webhooks/address.ts';
import { mayReach, parseTarget } from '../../../src/webhooks/target.ts';

const policy = { ports: [443, 8443], loopback: false };
const development = { ...policy, loopback: true };

describe('the public internet', () => {
  test.each([
    '1.1.1.1',
    '8.8.8.8',
    '100.63.255.255',
    '100.128.0.0',
    '172.15.0.1',
    '172.32.0.1',
    '2606:4700::1111',
  ])('holds %s', (address) => expect(isPublicAddress(address)).toBe(true));
  test.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.192',
    '192.168.1.1',
    '198.18.0.1',
    '203.0.113.9',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b:1::1',
    'fe80::1',
    'fe80::1%eth0',
    'fc00::1',
    'fd00:ec2::254',
    'fec0::1',
    'ff02::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
    '3fff::1',
    '100::1',
    'not an address',
    '',
  ])('does not hold %s', (address) => expect(isPublicAddress(address)).toBe(false));
});

describe('a target', () => {
  test.each([
    'https://example.com/hooks?x=1',
    'https://example.com:8443/',
    'https://1.1.1.1/',
    'https://[2606:4700::1111]/',
  ])('may be %s', (url) => expect(parseTarget(url, policy).href).toBe(url));
  test.each([
    'http://example.com/',
    'https://user@example.com/',
    'https://:secret@example.com/',
    'https://example.com/#part',
    'https://example.com:22/',
    'https://example.com:80/',
    'https://localhost/',
    'https://LOCALHOST./',
    'https://a.localhost/',
    'https://127.0.0.1/',
    // The parser of URLs knows the other ways to write it.
    'https://2130706433/',
    'https://0x7f.1/',
    'https://0177.0.0.1/',
    'https://127.1/',
    'https://１２７.0.0.1/',
    'https://169.254.169.254/latest/meta-data',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:a9fe:a9fe]/',
    'https://[fe80::1]/',
    'ftp://example.com/',
    'file:///etc/passwd',
    'example.com',
    '',
    `https://example.com/${'x'.repeat(2_000)}`,
  ])('may not be %s', (url) => expect(() => parseTarget(url, policy)).toThrow());
  test('may be this machine in development, which opens nothing else', () => {
    expect(parseTarget('http://127.0.0.1:3000/', development).port).toBe('3000');
    expect(parseTarget('http://localhost:3000/', development).port).toBe('3000');
    for (const url of ['http://example.com/', 'http://10.0.0.1/', 'https://192.168.0.1/', 'ftp://localhost/'])
      expect(() => parseTarget(url, development)).toThrow();
    expect(mayReach('127.0.0.1', development)).toBe(true);
    expect(mayReach('::1', development)).toBe(true);
    expect(mayReach('169.254.169.254', development)).toBe(false);
    expect(mayReach('127.0.0.1', policy)).toBe(false);
  });
});
