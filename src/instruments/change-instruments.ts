import { DEFAULT_WORKSPACE_ID } from '../access.ts';
import type { Db } from '../db/client.ts';
import { ForbiddenError, InvalidInputError, LimitExceededError } from '../errors.ts';
import { changeOnce, type Repeatable } from '../idempotency/change-once.ts';
import type { Logger } from '../logger.ts';
import { type Imported, importInstruments } from './import-instruments.ts';
import { checkRows } from './listing.ts';

/** An instrument has up to 11 JSON keys, and a request at most 4,000 (`server/json.ts`). */
export const MAX_INSTRUMENTS = 200;
const SHOWN_FAULTS = 20;

/** An instrument as a client gives it. */
export interface GivenInstrument {
  readonly symbol: string;
  readonly name: string;
  readonly exchange: string;
  readonly currency: string;
  readonly ticker?: string | null | undefined;
  readonly timeZone?: string | null | undefined;
  readonly tick?: string | null | undefined;
  readonly lot?: string | null | undefined;
  readonly fractional?: boolean | null | undefined;
  readonly sector?: string | null | undefined;
  readonly industry?: string | null | undefined;
}

/**
 * Adds and refreshes instruments of the shared list, all or none. All workspaces read the list, and ticks and time zones decide
 * their plans, so only the default workspace, which is the operator's, may change it. Throws ForbiddenError, LimitExceededError,
 * KeyConflictError, or InvalidInputError with all faults.
 */
export async function changeInstruments(
  { db, log }: { readonly db: Db; readonly log: Logger },
  workspaceId: string,
  input: Repeatable & { readonly instruments: readonly GivenInstrument[] },
): Promise<Imported> {
  if (workspaceId !== DEFAULT_WORKSPACE_ID)
    throw new ForbiddenError(
      'All workspaces share the list of instruments: only keys of the default workspace may change it.',
    );
  if (input.instruments.length === 0)
    throw new InvalidInputError(
      'instruments',
      'instruments must not be empty: give at least one instrument.',
    );
  if (input.instruments.length > MAX_INSTRUMENTS)
    throw new LimitExceededError(
      MAX_INSTRUMENTS,
      `At most ${MAX_INSTRUMENTS} instruments at a time, not ${input.instruments.length}.`,
    );
  const { rows, faults } = checkRows(
    input.instruments.map((given, i) => ({
      place: `instruments[${i}]`,
      cells: {
        symbol: given.symbol.trim(),
        name: given.name.trim(),
        exchange: given.exchange.trim(),
        currency: given.currency.trim(),
        ticker: given.ticker?.trim() ?? '',
        'time zone': given.timeZone?.trim() ?? '',
        tick: given.tick ?? '',
        lot: given.lot ?? '',
        fractional: given.fractional == null ? '' : String(given.fractional),
        sector: given.sector?.trim() ?? '',
        industry: given.industry?.trim() ?? '',
      },
    })),
  );
  if (faults.length > 0) {
    const more = faults.length - SHOWN_FAULTS;
    const shown = `${faults.slice(0, SHOWN_FAULTS).join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
    throw new InvalidInputError('instruments', `Nothing was stored. ${shown}.`);
  }
  return changeOnce({ db, log }, { workspaceId, operation: 'importInstruments', input }, async (tx) => {
    const answer = await importInstruments(tx, rows, () => undefined);
    return { answer, hints: [], target: { type: 'Instrument', ids: rows.map(({ ticker }) => ticker) } };
  });
}
