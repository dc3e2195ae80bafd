import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { loadConfig, parseConfig, settingNames } from '../../src/config.ts';
import { chooseDefaultSource, createSources, sourceIds } from '../../src/market/sources/index.ts';
import { StartupError } from '../../src/startup.ts';

const example = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');
const listed = [...example.matchAll(/^#?([A-Z_]+)=(.*)$/gm)];

afterEach(() => vi.unstubAllEnvs());

test('the file .env gives what the environment does not, and an empty variable there is none', () => {
  const folder = mkdtempSync(join(tmpdir(), 'thetool-env-'));
  const file = join(folder, '.env');
  writeFileSync(file, 'PORT=4001\nHOST="127.0.0.2" # here\nDATA_DIR=/elsewhere\n');
  // Stubbed, so that they are removed again: the file is read into the environment.
  for (const name of settingNames) vi.stubEnv(name, undefined);
  vi.stubEnv('PORT', '4002');
  vi.stubEnv('DATA_DIR', '');
  try {
    expect(loadConfig(file)).toEqual(parseConfig({ PORT: '4002', HOST: '127.0.0.2' }));
    rmSync(file);
    vi.stubEnv('HOST', undefined);
    expect(loadConfig(file)).toEqual(parseConfig({ PORT: '4002' }));
    expect(() => loadConfig(folder)).toThrow(StartupError);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('.env.example lists every setting and no other', () => {
  expect(listed.map(([, name]) => name).sort()).toEqual([...settingNames].sort());
});

test('.env.example shows the defaults', () => {
  const { DATABASE_URL: _url, ...shown } = Object.fromEntries(listed.map(([, name, value]) => [name, value]));
  expect(parseConfig(shown)).toEqual(parseConfig({}));
});

test('empty means unset', () => {
  expect(parseConfig({ PORT: '', DATABASE_URL: ' ' })).toEqual(parseConfig({}));
});

test('all faults are told at once, without the values', () => {
  const faulty = {
    PORT: '70000',
    WORKER_LEASE_MS: 'x',
    LOG_LEVEL: 'loud',
    DATABASE_URL: 'mysql://me:secret@host/db',
    DATABASE_POOL: '3',
  };
  const run = () => parseConfig(faulty);
  expect(run).toThrow(StartupError);
  for (const name of Object.keys(faulty)) expect(run).toThrow(`  ${name}: `);
  expect(run).not.toThrow('secret');
});

test('a number that is none, broken or out of range is told what it may be', () => {
  for (const port of ['x', '1.5', '-1', '70000'])
    expect(() => parseConfig({ PORT: port })).toThrow('PORT: must be a whole number from 0 to 65535');
});

test('a lease shorter than three heartbeats is refused', () => {
  expect(() => parseConfig({ WORKER_LEASE_MS: '5000', WORKER_HEARTBEAT_MS: '3000' })).toThrow(
    'three times WORKER_HEARTBEAT_MS',
  );
});

const defaultOf = (env: Parameters<typeof parseConfig>[0]) => {
  const config = parseConfig(env);
  return chooseDefaultSource(config.defaultSource, createSources({ ...config, now: () => new Date() }));
};

test('a folder of CSV files makes CSV the default source', () => {
  expect(defaultOf({})).toBe('SAMPLE');
  expect(defaultOf({ CSV_DIR: '/data' })).toBe('CSV');
  expect(() => defaultOf({ DEFAULT_SOURCE: 'CSV' })).toThrow('needs the setting CSV_DIR');
});

test('each source that is enabled can be the default source, but the one of own bars', () => {
  const all = { CSV_DIR: '/data', YAHOO: 'on', TIINGO_KEY: 'x'.repeat(40) };
  const enabled = sourceIds.filter((id) => id !== 'OWN');
  for (const id of enabled) expect(defaultOf({ ...all, DEFAULT_SOURCE: id })).toBe(id);
  for (const id of ['OWN', 'csv', 'NONE'])
    expect(() => defaultOf({ ...all, DEFAULT_SOURCE: id })).toThrow(`must be one of ${enabled.join(', ')}`);
});

test('a source on the internet is off, and what turns one on is not told', () => {
  expect(parseConfig({})).toMatchObject({ yahoo: false, tiingoKey: null });
  expect(defaultOf({ YAHOO: 'on' })).toBe('YAHOO');
  expect(defaultOf({ YAHOO: 'on', CSV_DIR: '/data' })).toBe('CSV');
  expect(() => defaultOf({ DEFAULT_SOURCE: 'YAHOO' })).toThrow('needs the setting YAHOO=on');
  expect(() => defaultOf({ DEFAULT_SOURCE: 'TIINGO' })).toThrow('needs the setting TIINGO_KEY');
  const secret = () => parseConfig({ TIINGO_KEY: 'short secret' });
  expect(secret).toThrow('TIINGO_KEY: must be');
  expect(secret).not.toThrow('short secret');
});

test('certificates cannot be left unverified', () => {
  expect(() => parseConfig({ NODE_TLS_REJECT_UNAUTHORIZED: '0' })).toThrow('NODE_TLS_REJECT_UNAUTHORIZED');
});

const tokens = {
  JWT_ISSUER: 'https://issuer.example/',
  JWT_AUDIENCE: 'thetool',
  JWKS_URL: 'https://issuer.example/jwks.json',
};

test('tokens are taken with issuer, audience and address of keys, and half of them is a fault', () => {
  expect(parseConfig({}).tokens).toBeNull();
  expect(parseConfig({ ...tokens, JWT_WORKSPACE_CLAIM: 'org', JWT_MAX_MINUTES: '5' }).tokens).toEqual({
    issuer: tokens.JWT_ISSUER,
    audience: tokens.JWT_AUDIENCE,
    jwksUrl: tokens.JWKS_URL,
    workspaceClaim: 'org',
    maxLifetimeS: 300,
    keyDays: 0,
  });
  for (const name of Object.keys(tokens))
    expect(() => parseConfig({ ...tokens, [name]: '' })).toThrow(`${name}: is needed for tokens`);
  expect(() => parseConfig({ ...tokens, JWT_MAX_MINUTES: '0' })).toThrow('JWT_MAX_MINUTES: must be');
  expect(() => parseConfig({ JWT_ISSUR: 'x' })).toThrow('JWT_ISSUR: there is no such setting');
});

test('keys of tokens come over https, or from this machine', () => {
  const takes = (url: string) => () => parseConfig({ ...tokens, JWKS_URL: url });
  for (const url of ['http://127.0.0.1:1/k', 'http://localhost/k', 'http://[::1]:1/k', 'https://a.example/k'])
    expect(takes(url)).not.toThrow();
  for (const url of [
    'http://issuer.example/k',
    'http://127.0.0.1.example/k',
    'http://localhost.example/k',
    'ftp://localhost/k',
    'https://user:word@issuer.example/k',
    'file:///etc/keys',
    'keys',
  ])
    expect(takes(url)).toThrow('JWKS_URL: must be an https address');
});
