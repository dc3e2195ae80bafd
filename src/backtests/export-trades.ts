import { validate as isUuid } from 'uuid';
import type { Access } from '../access/access.ts';
import type { Db } from '../db/client.ts';
import type { LineFormat } from '../db/line.ts';
import { InvalidInputError, NotFoundError } from '../errors.ts';
import { type Exported, safeName } from '../exports/exported.ts';
import { idOf, refuseOthers } from '../exports/query.ts';
import { listExportedBacktests, readTradeChunk, type TradePlace, tradeColumns } from './export.store.ts';

/** The trades of one backtest, or of all backtests of a job. Results never change, so an export may go on from any line. */
export async function exportTrades(
  db: Db,
  { workspaceId }: Access,
  query: URLSearchParams,
  format: LineFormat,
): Promise<Exported> {
  refuseOthers(query, ['after', 'backtest', 'job']);
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
  const [, backtestId = '', n = ''] = /^(.{36}):(\d{1,9})$/.exec(text) ?? [];
  if (!isUuid(backtestId))
    throw new InvalidInputError('after', 'after is `<backtest>:<n>` of the last line that you have.');
  return { backtestId, n: Number(n) };
}
