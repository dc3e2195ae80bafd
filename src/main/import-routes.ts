import { recordChange } from '../audit/record-change.ts';
import type { Db, Tx } from '../db/client.ts';
import type { ImportRoutes } from '../imports/serve-imports.ts';
import type { Readers } from '../market/files/call-readers.ts';
import { CONFLICTS, type Imported, importBars, removeBars } from '../market/import-bars.ts';
import { countOtherSeries, findOwnSeries, pageOwnSeries } from '../market/own.store.ts';
import { BARS_OF_SERIES, type OwnLimits, type OwnSeries } from '../market/own-bars.ts';
import type { Quotas } from '../quotas/quota.ts';

/** Imports of bars on the database of the workspace that asks. */
export function createImportRoutes(deps: {
  readonly dbOf: (workspaceId: string) => Db;
  readonly readers: Readers;
  readonly now: () => Date;
  readonly quotas: Quotas;
}): ImportRoutes {
  const { dbOf, readers, now, quotas } = deps;
  const limits: OwnLimits = {
    barsOfSeries: BARS_OF_SERIES,
    series: quotas.ownSeries,
    bars: quotas.ownBars,
  };
  const record = (tx: Tx, ticker: string) => recordChange(tx, { type: 'OwnSeries', ids: [ticker] });
  return {
    async put({ workspaceId }, file, signal) {
      const db = dbOf(workspaceId);
      const result = await importBars({ readers, db, now, limits, record }, { workspaceId, ...file }, signal);
      if (!('refusal' in result))
        return { status: result.outcome === 'CREATED' ? 201 : 200, body: describeImport(result) };
      const { refusal, report } = result;
      const error = { code: refusal.code, message: `${refusal.why} ${refusal.cure}` };
      return { status: CONFLICTS.has(refusal.code) ? 409 : 422, body: { error, report } };
    },
    async find({ workspaceId }, ticker) {
      const series = await findOwnSeries(dbOf(workspaceId), workspaceId, ticker);
      return series === null ? null : describeSeries(series);
    },
    async list({ workspaceId }, { first, after }) {
      const db = dbOf(workspaceId);
      const used = await countOtherSeries(db, workspaceId, null);
      // One more tells whether another page follows.
      const found = await pageOwnSeries(db, workspaceId, after, first + 1);
      const series = found.slice(0, first);
      const next = found.length > first ? (series.at(-1)?.ticker ?? null) : null;
      return { series: series.map(describeSeries), next, quota: { ...used, limits } };
    },
    remove: ({ workspaceId }, ticker) => removeBars({ db: dbOf(workspaceId), record }, workspaceId, ticker),
  };
}

/** PostgreSQL's text of a time becomes ISO 8601. */
const describeSeries = (series: OwnSeries) => ({
  ...series,
  updatedAt: new Date(series.updatedAt).toISOString(),
});

/** Bars that were stored already are not added, also when the whole series was sent again. */
function describeImport({ outcome, series, received, report }: Imported) {
  const { bars, revised } = received;
  const added = outcome === 'UNCHANGED' ? 0 : received.added;
  return {
    outcome,
    series: describeSeries(series),
    received: { bars, added, revised, unchanged: bars - added - revised },
    report,
  };
}
