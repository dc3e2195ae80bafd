import { promisify } from 'node:util';
import { brotliDecompress, gunzip, zstdDecompress } from 'node:zlib';
import { expect, test } from 'vitest';
import { compress } from '../../src/compress.ts';
import { CODINGS, chooseCoding } from '../../src/content-coding.ts';

test.each([
  [undefined, null],
  ['', null],
  ['identity', null],
  ['*', null],
  ['deflate', null],
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['GZIP', 'gzip'],
  ['gzip, deflate, br, zstd', 'zstd'],
  ['gzip, deflate, br', 'br'],
  ['br;q=0.5, gzip', 'gzip'],
  ['zstd;q=0, br;q=0.0, gzip', 'gzip'],
  ['gzip;q=0', null],
  ['gzip;q=wrong', null],
  ['identity, gzip;q=0.5', null],
  ['identity;q=0.5, gzip', 'gzip'],
  ['identity;q=1, gzip;q=1', 'gzip'],
  [['gzip', 'br'], 'br'],
] as const)('Accept-Encoding: %s is answered in %s', (accepted, coding) => {
  expect(chooseCoding(accepted, CODINGS)).toBe(coding);
});

test('a coding that is not offered is not chosen', () => {
  expect(chooseCoding('zstd, gzip', ['gzip'])).toBe('gzip');
  expect(chooseCoding('zstd', ['gzip'])).toBeNull();
});

const decoders = {
  zstd: promisify(zstdDecompress),
  br: promisify(brotliDecompress),
  gzip: promisify(gunzip),
};

test.each(CODINGS)('a text in pieces is the same after %s, and shorter', async (coding) => {
  const pieces = Array.from({ length: 20 }, (_, i) =>
    Buffer.from(`{"ticker":"T${i}","score":0.5},`.repeat(500)),
  );
  const parts = await compress(pieces, coding);
  const compressed = Buffer.concat(parts);
  expect((await decoders[coding](compressed)).equals(Buffer.concat(pieces))).toBe(true);
  expect(compressed.length * 8).toBeLessThan(Buffer.concat(pieces).length);
});
