import { expect, test } from 'vitest';
import { newSecret, sign } from '../../../src/webhooks/signature.ts';
import { decodeCursor, encodeCursor, retryDelayMs } from '../../../src/webhooks/webhook.ts';

test('a signature is that of Standard Webhooks', () => {
  // The example of the libraries for Standard Webhooks (standard-webhooks/libraries).
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const signature = sign(secret, 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330, '{"test": 2432232314}');
  expect(signature).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
});

test('secrets hold 32 random bytes', () => {
  const secret = newSecret();
  expect(Buffer.from(secret.slice('whsec_'.length), 'base64')).toHaveLength(32);
  expect(newSecret()).not.toBe(secret);
});

test('pauses between tries grow with full jitter up to an hour and heed the receiver', () => {
  const most = [0, 1, 5, 12, 60].map((failures) => retryDelayMs(failures, null, () => 1));
  expect(most).toEqual([5_000, 10_000, 160_000, 3_600_000, 3_600_000]);
  expect(retryDelayMs(5, null, () => 0)).toBe(1_000);
  expect(retryDelayMs(0, 90_000, () => 0)).toBe(90_000);
  expect(retryDelayMs(0, 90_000_000, () => 0)).toBe(3_600_000);
});

test('a cursor of one log is refused by the other', () => {
  const cursor = encodeCursor('JOB_FINISHED', 7);
  expect(decodeCursor('JOB_FINISHED', cursor)).toBe(7);
  expect(() => decodeCursor('ANALYSIS_STORED', cursor)).toThrow('does not belong to this webhook');
  expect(() => decodeCursor('JOB_FINISHED', 'x')).toThrow('does not belong to this webhook');
});
