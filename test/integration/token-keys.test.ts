import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTokenVerifier, type KeySetTimes } from '../../src/access/verify-token.ts';
import { parseConfig } from '../../src/config.ts';
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
    expect(await verify(await issuer.token({}, await makeKeyOf(`x${i}`)))).toBeNull();
  expect(issuer.asked).toBe(1);
});
