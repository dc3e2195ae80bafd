import { InvalidInputError } from '../errors.ts';

export const MAX_ITEMS = 1_000;
export const MAX_WATCHLISTS = 100;
const MAX_NAME = 50;
const MAX_NOTE = 500;

export interface Watchlist {
  readonly id: string;
  readonly workspaceId: string;
  readonly name: string;
  readonly isDefault: boolean;
  readonly revision: number;
  readonly createdAt: Date;
}

export interface WatchlistItem {
  readonly watchlistId: string;
  readonly ticker: string;
  readonly note: string;
  readonly addedAt: Date;
  readonly lastJobId: string | null;
  readonly lastAnalysisId: string | null;
  readonly lastStatus: string | null;
}

export function parseName(text: string): string {
  const name = text.trim();
  if (name.length === 0 || [...name].length > MAX_NAME) {
    throw new InvalidInputError('name', `name must have 1 to ${MAX_NAME} characters.`);
  }
  return name;
}

export function parseNote(text: string): string {
  if ([...text].length > MAX_NOTE)
    throw new InvalidInputError('note', `note must have at most ${MAX_NOTE} characters.`);
  return text;
}
