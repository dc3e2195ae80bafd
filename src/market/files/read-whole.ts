import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  openSync,
  readSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { join, sep } from 'node:path';
import { ItemError } from '../../errors.ts';

/** A century of daily bars is about 2 MB; a larger file does not hold the bars of one ticker. */
const MAX_BYTES = 20_000_000;
/** Never waits for a writer of a FIFO or for the holder of a lease, and never follows a link that replaced the file. */
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);

/**
 * The bytes of a regular file of a folder. `name` comes from the folder's listing, never from a request; a link must lead to a file
 * inside the folder. The file is identified before it is opened, so that a FIFO or a device is never opened, and compared before and
 * after the read. Blocks: called in a reader process only.
 *
 * Throws ItemError. Permanent: BAD_DATA with detail NOT_A_FILE, OUTSIDE or TOO_LARGE. Transient, because the next try may find the
 * file whole: SOURCE_UNAVAILABLE with detail CHANGED (a writer is at work: its bars may be half of two versions) or the errno
 * (ENOENT, EACCES, EIO and so on).
 */
export function readWhole(folder: string, name: string, afterRead: () => void = () => undefined): Buffer {
  try {
    return read(folder, name, afterRead);
  } catch (error) {
    if (error instanceof ItemError) throw error;
    const errno = errnoOf(error);
    if (NOT_FILES.has(errno)) throw notAFile(name, error);
    const message = `${name} could not be read (${errno}).`;
    throw new ItemError('SOURCE_UNAVAILABLE', message, { detail: errno, cause: error });
  }
}

/** What the system reports for a directory, a socket, a device without a driver, and links that lead in a circle. */
const NOT_FILES = new Set(['EISDIR', 'ENXIO', 'ENODEV', 'ELOOP']);

function read(folder: string, name: string, afterRead: () => void): Buffer {
  // The native one asks the system once and not for each folder of the path.
  const root = realpathSync.native(folder);
  const path = realpathSync.native(join(root, name));
  if (!path.startsWith(root + sep))
    throw new ItemError('BAD_DATA', `${name} is a link to a file outside of the folder.`, {
      detail: 'OUTSIDE',
    });
  const found = statSync(path, { bigint: true });
  if (!found.isFile()) throw notAFile(name);
  const descriptor = openSync(path, FLAGS);
  try {
    const before = fstatSync(descriptor, { bigint: true });
    if (!isSame(found, before)) throw changed(name);
    if (before.size > MAX_BYTES) {
      throw new ItemError('BAD_DATA', `${name} has ${before.size} bytes; the limit is ${MAX_BYTES}.`, {
        detail: 'TOO_LARGE',
      });
    }
    const size = Number(before.size);
    // One byte more than the file has: a file that grows is noticed by it.
    const buffer = Buffer.allocUnsafe(size + 1);
    let length = 0;
    for (let got = -1; got !== 0 && length <= size; length += got)
      got = readSync(descriptor, buffer, length, size + 1 - length, null);
    afterRead();
    if (length !== size || !isSame(before, fstatSync(descriptor, { bigint: true }))) throw changed(name);
    return buffer.subarray(0, size);
  } finally {
    closeSync(descriptor);
  }
}

/** True when both describe one version of one file. */
function isSame(a: BigIntStats, b: BigIntStats): boolean {
  return (['dev', 'ino', 'size', 'mtimeNs', 'ctimeNs'] as const).every((field) => a[field] === b[field]);
}

function notAFile(name: string, cause?: unknown): ItemError {
  const message = `${name} is not a regular file.`;
  return new ItemError('BAD_DATA', message, { detail: 'NOT_A_FILE', cause });
}

function changed(name: string): ItemError {
  const message = `${name} changed while it was read. Write a file under another name and rename it when it is complete.`;
  return new ItemError('SOURCE_UNAVAILABLE', message, { detail: 'CHANGED' });
}

/** Code of a system error, for example ENOENT. */
export function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN';
}
