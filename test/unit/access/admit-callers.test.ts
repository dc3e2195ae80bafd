import { expect, onTestFinished, test } from 'vitest';
import { createDoor } from '../../../src/access/admit-callers.ts';
import type { VerifyToken } from '../../../src/access/verify-token.ts';
import { TEST_KEY } from '../../support/key.ts';
import { silent } from '../../support/silent.ts';

function open(verifyToken: VerifyToken | null = null) {
  const door = createDoor({
    db: null as never,
    log: silent,
    ownKey: TEST_KEY,
    verifyToken,
    noteRefusal: () => undefined,
    refusalMs: 0,
  });
  onTestFinished(() => door.close());
  return async (token: string, address = '192.0.2.1') => {
    const admission = await door.admit(`Bearer ${token}`, address);
    return 'refusal' in admission ? admission.refusal : admission.access.subject;
  };
}

test('the key of the server itself is admitted whatever others of its address have shown', async () => {
  const admit = open();
  for (let i = 0; i < 20; i += 1) expect(await admit(`tt_live_${i}`)).toBe('UNAUTHENTICATED');
  expect(await admit('tt_live_wrong')).toBe('TOO_MANY_TRIES');
  expect(await admit(TEST_KEY)).toBe('server');
});

test('wrong credentials are counted per kind and address', async () => {
  const admit = open(async () => null);
  for (let i = 0; i < 20; i += 1) await admit('tt_live_wrong');
  expect(await admit('tt_live_wrong')).toBe('TOO_MANY_TRIES');
  expect(await admit('a.wrong.token')).toBe('UNAUTHENTICATED');
  expect(await admit('tt_live_wrong', '192.0.2.2')).toBe('UNAUTHENTICATED');
});

test('four signatures of an address are checked at a time, and another address does not wait for them', async () => {
  const held = Promise.withResolvers<null>();
  let checked = 0;
  const admit = open((token) => {
    if (token !== 'slow') return Promise.resolve(null);
    checked += 1;
    return held.promise;
  });
  const slow = Array.from({ length: 10 }, () => admit('slow'));
  expect(await admit('other', '192.0.2.2')).toBe('UNAUTHENTICATED');
  expect(checked).toBe(4);
  held.resolve(null);
  await Promise.all(slow);
  expect(checked).toBe(10);
});
