import { expect, onTestFinished, test, vi } from 'vitest';
import { createDoor } from '../../../src/access/admit-callers.ts';
import { KeysUnavailable } from '../../../src/access/follow-key-set.ts';
import { noteSometimes } from '../../../src/access/note-sometimes.ts';
import type { VerifyToken } from '../../../src/access/verify-token.ts';
import { TEST_KEY } from '../../support/key.ts';
import { silent } from '../../support/silent.ts';

function open(verifyToken: VerifyToken | null = null, log = silent) {
  const door = createDoor({
    db: null as never,
    log,
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

test('tokens that name ever new keys are counted as wrong, and a repeated one is not', async () => {
  const log = { ...silent, warn: vi.fn() } as unknown as typeof silent;
  const admit = open((token) => {
    throw new KeysUnavailable('read again soon', { namesNewKey: token.startsWith('new') });
  }, log);
  for (let i = 0; i < 25; i += 1) expect(await admit('repeated')).toBe('UNAVAILABLE');
  for (let i = 0; i < 20; i += 1) expect(await admit(`new.${i}`)).toBe('UNAVAILABLE');
  expect(await admit('new.20')).toBe('TOO_MANY_TRIES');
  expect(await admit('new.20', '192.0.2.2')).toBe('UNAVAILABLE');
  expect(log.warn).toHaveBeenCalledTimes(1);
});

test('a line that clients cause is written once per interval, with the number of its causes', () => {
  const written: number[] = [];
  let now = 0;
  const note = noteSometimes(
    (times) => written.push(times),
    1_000,
    () => now,
  );
  for (now = 0; now < 2_500; now += 500) note();
  expect(written).toEqual([1, 2, 2]);
});
