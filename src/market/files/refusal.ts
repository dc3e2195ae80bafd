import { ItemError } from '../../errors.ts';

/** Why a price file is rejected. Line numbers are those of the file, from 1. */
export interface Refusal {
  /** Stable code, for example AMBIGUOUS_DATES. */
  readonly code: string;
  /** The line that shows it; null when it is about the file as a whole. */
  readonly line: number | null;
  /** The text that shows it, cut to 40 characters; null when there is none. */
  readonly cell: string | null;
  /** What is wrong, in one sentence. */
  readonly why: string;
  /** What its owner can do, in one sentence. */
  readonly cure: string;
}

/** A price file cannot be read without a guess. */
export class RefusedFile extends Error {
  override readonly name = 'RefusedFile';
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(`${refusal.why} ${refusal.cure}`);
    this.refusal = refusal;
  }
}

const MAX_CELL = 40;

export function refuse(
  code: string,
  why: string,
  cure: string,
  at: { readonly line?: number; readonly cell?: string } = {},
): never {
  const { line = null, cell } = at;
  throw new RefusedFile({ code, line, cell: cell?.slice(0, MAX_CELL) ?? null, why, cure });
}

/** The refusal as the failure of an item: BAD_DATA with its code as detail, and a message with place, reason and cure. */
export function toItemError(name: string, { code, line, cell, why, cure }: Refusal): ItemError {
  const place = [
    name,
    ...(line === null ? [] : [`line ${line}`]),
    ...(cell === null ? [] : [JSON.stringify(cell)]),
  ];
  return new ItemError('BAD_DATA', `${place.join(', ')}: ${why} ${cure}`, { detail: code });
}
