import { InvalidInputError } from '../errors.ts';
import { parseName } from '../name.ts';

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

export function parseListName(text: string): string {
  return parseName(text, MAX_NAME);
}

export function parseNote(text: string): string {
  if ([...text].length > MAX_NOTE)
    throw new InvalidInputError('note', `note must have at most ${MAX_NOTE} characters.`);
  return text;
}
