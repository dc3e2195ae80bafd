import { InvalidInputError } from '../errors.ts';

const MAX_KEY_LENGTH = 255;

/** Throws InvalidInputError; no key is null. */
export function parseKey(key: string | null | undefined): string | null {
  if (key == null) return null;
  if (key.length === 0 || key.length > MAX_KEY_LENGTH || key.includes('\0')) {
    throw new InvalidInputError(
      'idempotencyKey',
      `idempotencyKey must have 1 to ${MAX_KEY_LENGTH} characters.`,
    );
  }
  return key;
}
