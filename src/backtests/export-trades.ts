import type { Access } from '../access.ts';
import type { Db } from '../db/client.ts';
import type { LineFormat } from '../db/line.ts';
import { InvalidInputError, NotFoundError } from '../errors.ts';
import { type Exported, safeName } from '../exports/exported.ts';
import { checkParameters, idOf } from '../exports/query.ts';
import { parseUuid } from '../uuid.ts';
import { listExportedBacktests, readTradeChunk, type TradePlace, tradeColumns } from './export.store.ts';

/** The trades of one backtest, or of all backtests of a job. Results never change, so an export may go on from any line. */
export async function exportTrades(
  db: Db,
  { workspaceId }: Access,
  query: URLSearchParams,
  format: LineFormat,
): Promise<Exported> {
  checkParameters(query, ['after', 'backtest', 'job']);
  const [backtest, job] = [idOf(query, 'backtest', 'Backtest'), idOf(query, 'job', 'Job')];
  const id = backtest ?? job;
  if (id === undefined || (backtest !== undefined && job !== undefined))
    throw new InvalidInputError('backtest', 'Give the id of a backtest, or of a job.');
  const found = await listExportedBacktests(db, workspaceId, id);
  const [first] = found;
  if (first === undefined) throw new NotFoundError(`There is no backtest ${id}.`);
  const ids = found.map((row) => row.id);
  return {
    name: found.length === 1 ? safeName('trades', first.ticker, first.strategy, first.lastDate) : 'trades',
    columns: tradeColumns,
    start: '00000000-0000-0000-0000-000000000000:0',
    read: (after, size) => readTradeChunk(db, workspaceId, ids, format, { after: parsePlace(after), size }),
  };
}

/** `<backtest>:<n>` of a line. */
function parsePlace(text: string): TradePlace {
  const [, id = '', n = ''] = /^(.{36}):(\d{1,9})$/.exec(text) ?? [];
  const backtestId = parseUuid(id);
  if (backtestId === null)
    throw new InvalidInputError(
      'after',
      'after must be `<backtest>:<n>` of the last line that the client received.',
    );
  return { backtestId, n: Number(n) };
}
