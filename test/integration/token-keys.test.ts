import { afterEach, beforeEach, expect, test } from 'vitest';
import type { KeySetTimes, KeysUnavailable } from '../../src/access/follow-key-set.ts';
import { createTokenVerifier } from '../../src/access/verify-token.ts';
import { parseConfig } from '../../src/config.ts';
import { eventually } from '../support/eventually.ts';
import { type Issuer, makeKeyOf, startIssuer } from '../support/issuer.ts';
import { silent } from '../support/silent.ts';

const signer = await makeKeyOf('one');
let issuer: Issuer;
beforeEach(async () => {
  issuer = await startIssuer(signer);
});
afterEach(() => issuer.close());

const verifierOf = (times: Partial<KeySetTimes>) => {
  const { tokens } = parseConfig(issuer.settings);
  if (tokens === null) throw new Error('no tokens');
  return createTokenVerifier({ rules: tokens, log: silent, ...times });
};
const subjectOf = async (verify: ReturnType<typeof verifierOf>, token: Promise<string>) =>
  verify(await token).then((claims) => claims?.subject ?? null);

test.each(['DOWN', 'SILENT', 'NONSENSE'] as const)(
  'while the page of keys is %s known keys go on, also when they are old',
  async (mode) => {
    const verify = verifierOf({ maxAgeMs: 0, cooldownMs: 0, timeoutMs: 100, pauseMs: 0 });
    expect(await subjectOf(verify, issuer.token())).toBe('anna');
    issuer.mode = mode;
    expect(await subjectOf(verify, issuer.token())).toBe('anna');
    await expect(verify(await issuer.token({}, await makeKeyOf('two')))).rejects.toThrow(
      'could not be loaded',
    );
    issuer.mode = 'UP';
    expect(await subjectOf(verify, issuer.token({}, await makeKeyOf('two')))).toBeNull();
  },
);

test('a new key is taken when a token names it, and a withdrawn one is refused when the page is read again', async () => {
  const verify = verifierOf({ maxAgeMs: 60_000, cooldownMs: 0 });
  const aging = verifierOf({ maxAgeMs: 0 });
  const two = await makeKeyOf('two');
  for (const one of [verify, aging]) expect(await subjectOf(one, issuer.token())).toBe('anna');
  await issuer.publish(two);
  expect(await subjectOf(verify, issuer.token({}, two))).toBe('anna');
  expect(await subjectOf(aging, issuer.token())).toBeNull();
});

test('unknown keys make nobody ask for the page more often than every 30 s', async () => {
  const verify = verifierOf({});
  await verify(await issuer.token());
  for (let i = 0; i < 10; i += 1)
    await expect(verify(await issuer.token({}, await makeKeyOf(`x${i}`)))).rejects.toThrow('read again soon');
  expect(issuer.asked).toBe(1);
});

test('an unknown key cannot be judged until the page was read after it was seen first; then it is wrong', async () => {
  const verify = verifierOf({ cooldownMs: 300 });
  const two = await makeKeyOf('two');
  await verify(await issuer.token());
  await expect(verify(await issuer.token({}, two))).rejects.toThrow('read again soon');
  // Known keys do not wait for that.
  expect(await subjectOf(verify, issuer.token())).toBe('anna');
  await eventually(async () => (await verify(await issuer.token({}, two)).catch(() => 'WAIT')) === null);
  expect(await verify(await issuer.token({}, two))).toBeNull();
  expect(issuer.asked).toBe(2);
  await issuer.publish(signer, two);
  await eventually(async () => (await subjectOf(verify, issuer.token({}, two))) === 'anna');
  expect(issuer.asked).toBe(3);
});

test('an unknown key is reported as new for the first token that names it, also while the page is unavailable', async () => {
  const verify = verifierOf({ pauseMs: 0, cooldownMs: 0 });
  await verify(await issuer.token());
  issuer.mode = 'DOWN';
  const [two, three] = [await makeKeyOf('two'), await makeKeyOf('three')];
  const isNew = async (by: typeof two) =>
    verify(await issuer.token({}, by)).catch((error: KeysUnavailable) => error.namesNewKey);
  expect([await isNew(two), await isNew(two), await isNew(three)]).toEqual([true, false, true]);
});

test('a token whose name of a key is not a string is wrong, and nobody asks for the page', async () => {
  const verify = verifierOf({});
  for (const kid of [5, null, {}, ['one']])
    expect(await subjectOf(verify, issuer.token({}, signer, { kid }))).toBeNull();
  expect(issuer.asked).toBe(0);
});

test('keys of one name, and tokens that name none, are tried one after the other', async () => {
  const verify = verifierOf({});
  const twin = await makeKeyOf('one');
  await issuer.publish(twin, signer);
  expect(await subjectOf(verify, issuer.token())).toBe('anna');
  expect(await subjectOf(verify, issuer.token({}, twin))).toBe('anna');
  expect(await subjectOf(verify, issuer.token({}, signer, { kid: undefined }))).toBe('anna');
  expect(await subjectOf(verify, issuer.token({}, await makeKeyOf('one')))).toBeNull();
});

test('an entry that is no key does not make the others useless', async () => {
  const verify = verifierOf({});
  issuer.extra = [null, 'x', {}, { kty: 'new', kid: 'two' }];
  expect(await subjectOf(verify, issuer.token())).toBe('anna');
});

test('a page of keys is read up to 256 KiB and one at a time, however many tokens need it', async () => {
  issuer.mode = 'ENDLESS';
  const verify = verifierOf({ timeoutMs: 10_000 });
  const before = process.memoryUsage().rss;
  const verdicts = await Promise.allSettled(
    Array.from({ length: 20 }, async () => verify(await issuer.token({}, signer))),
  );
  expect(new Set(verdicts.map(({ status }) => status))).toEqual(new Set(['rejected']));
  expect(issuer.asked).toBe(1);
  expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
});

test.each(['REDIRECT', 'CROWD'] as const)('a page of keys that is a %s is not taken', async (mode) => {
  issuer.mode = mode;
  await expect(verifierOf({})(await issuer.token())).rejects.toThrow('could not be loaded');
});
