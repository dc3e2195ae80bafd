import { gunzipSync, inflateRawSync } from 'node:zlib';
import { RefusedFile, refuse } from './refusal.ts';

/** What a compressed file may grow to: as much as a plain file may have. */
const MAX_BYTES = 20_000_000;
const MOST_LAYERS = 2;
const UNPACK = 'Unpack it and save the CSV file itself.';

/** Formats that are recognised by their first bytes and not read. */
const others: readonly (readonly [string, readonly number[]])[] = [
  ['bzip2 archive', [0x42, 0x5a, 0x68]],
  ['xz archive', [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
  ['Zstandard archive', [0x28, 0xb5, 0x2f, 0xfd]],
  ['7z archive', [0x37, 0x7a, 0xbc, 0xaf]],
  ['RAR archive', [0x52, 0x61, 0x72, 0x21]],
  ['PDF document', [0x25, 0x50, 0x44, 0x46]],
  ['old Excel workbook', [0xd0, 0xcf, 0x11, 0xe0]],
  ['Parquet file', [0x50, 0x41, 0x52, 0x31]],
];

export interface Unpacked {
  readonly bytes: Uint8Array;
  /** `gzip` or `ZIP`; null when the bytes were not compressed. */
  readonly format: string | null;
}

/** The bytes of a file, decompressed where they are gzip or a ZIP archive of one file. */
export function unpack(bytes: Uint8Array, depth = 0): Unpacked {
  if (startsWith(bytes, [0x1f, 0x8b])) {
    const inner = inflate('gzip', () => gunzipSync(bytes, { maxOutputLength: MAX_BYTES }));
    // A browser may store a compressed file as it was sent, compressed once more.
    return { bytes: depth < MOST_LAYERS ? unpack(inner, depth + 1).bytes : inner, format: 'gzip' };
  }
  if (startsWith(bytes, [0x50, 0x4b, 0x03, 0x04])) return { bytes: unzip(Buffer.from(bytes)), format: 'ZIP' };
  const other = others.find(([, magic]) => startsWith(bytes, magic));
  if (other !== undefined) refuse('NOT_CSV', `The file is a ${other[0]}.`, UNPACK);
  return { bytes, format: null };
}

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, i) => bytes[i] === byte);
}

function inflate(format: string, run: () => Uint8Array): Uint8Array {
  try {
    return run();
  } catch (error) {
    if (error instanceof RefusedFile) throw error;
    const tooLarge = error instanceof RangeError;
    const why = tooLarge ? `grows to more than ${MAX_BYTES} bytes` : 'is damaged';
    return refuse(tooLarge ? 'TOO_LARGE' : 'NOT_CSV', `The ${format} file ${why}.`, UNPACK);
  }
}

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const DEFLATED = 8;

/** The only file of a ZIP archive (APPNOTE.TXT of PKWARE, 4.3). */
function unzip(bytes: Buffer): Uint8Array {
  const end = bytes.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  if (end < 0 || bytes.length < end + 22 || bytes.readUInt32LE(end) !== END_OF_DIRECTORY)
    refuse('NOT_CSV', 'The ZIP file is damaged.', UNPACK);
  return inflate('ZIP', () => {
    const files: { name: string; method: number; size: number; offset: number }[] = [];
    let at = bytes.readUInt32LE(end + 16);
    for (let left = bytes.readUInt16LE(end + 10); left > 0; left -= 1) {
      if (bytes.readUInt32LE(at) !== DIRECTORY_ENTRY) throw new Error('no entry of the directory');
      const nameLength = bytes.readUInt16LE(at + 28);
      const name = bytes.toString('utf8', at + 46, at + 46 + nameLength);
      const entry = { name, method: bytes.readUInt16LE(at + 10), size: bytes.readUInt32LE(at + 20) };
      if (!name.endsWith('/') && !name.startsWith('__MACOSX/'))
        files.push({ ...entry, offset: bytes.readUInt32LE(at + 42) });
      at += 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
    }
    if (files.some(({ name }) => name === '[Content_Types].xml' || name === 'mimetype'))
      refuse('NOT_CSV', 'The file is a spreadsheet.', 'Save it as CSV in your spreadsheet program.');
    const [file, ...more] = files;
    if (file === undefined || more.length > 0)
      refuse('NOT_CSV', `The ZIP file contains ${files.length} files.`, 'Pack one CSV file, or unpack it.');
    const start =
      file.offset + 30 + bytes.readUInt16LE(file.offset + 26) + bytes.readUInt16LE(file.offset + 28);
    const packed = bytes.subarray(start, start + file.size);
    return file.method === DEFLATED ? inflateRawSync(packed, { maxOutputLength: MAX_BYTES }) : packed;
  });
}
