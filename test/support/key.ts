import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** A key that opens the processes of the tests: `run` hands it to them as BOOTSTRAP_KEY. It has a right checksum and opens nothing else. */
export const TEST_KEY = 'tt_live_Ygthekf6_16oFJ2al1MFp3vVAU2TA50vqW6ZHEbDeqvh1Vef0XnP1Ip6aI';

export const authorized = { authorization: `Bearer ${TEST_KEY}` } as const;

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** A guess at the key with this id: another secret, with a right checksum. */
export function forgeKey(keyId: string): string {
  const secret = Array.from(randomBytes(43), (byte) => DIGITS[byte % 62]).join('');
  const body = `tt_live_${keyId}_${secret}`;
  let checksum = '';
  for (let rest = crc32(body); checksum.length < 6; rest = Math.floor(rest / 62))
    checksum = DIGITS[rest % 62] + checksum;
  return body + checksum;
}
