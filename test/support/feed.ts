import { v7 as uuidv7 } from 'uuid';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { insertAnalyses, type StoredAnalysis } from '../../src/analyses/analysis.store.ts';
import type { NewAnalysis } from '../../src/analyses/analysis.ts';
import { appendToFeed } from '../../src/analyses/feed.store.ts';
import { BAR_FIGURES } from '../../src/analyses/figures.ts';
import { LINES } from '../../src/analyses/lines.ts';
import { pack } from '../../src/analyses/packing.ts';
import { TALLY_NUMBERS } from '../../src/analyses/tallies.ts';
import type { Db, Tx } from '../../src/db/client.ts';
import { ring } from '../../src/events/publish.ts';
import { submit } from './engine.ts';

/** A result without a plan, as a task hands it over. */
export function newAnalysis(changes: Partial<NewAnalysis> = {}): NewAnalysis {
  return {
    id: uuidv7(),
    strategy: 'BALANCED',
    score: 0,
    scoreVerdict: 'HOLD',
    verdict: 'HOLD',
    regime: 'UNKNOWN',
    coverage: 1,
    conviction: 0,
    buyVotes: 0,
    neutralVotes: 12,
    sellVotes: 0,
    unavailableVotes: 0,
    side: null,
    entry: null,
    stop: null,
    target: null,
    riskReward: null,
    positionSize: null,
    currency: null,
    warnings: [],
    source: 'DEMO',
    isDemo: true,
    isBackfill: false,
    customised: false,
    timeframe: 'DAILY',
    asOf: '2026-01-30',
    inputHash: null,
    engineVersion: null,
    figures: BAR_FIGURES.map(() => Number.NaN),
    lines: LINES.map(() => Number.NaN),
    tallies: Array.from({ length: TALLY_NUMBERS }, () => Number.NaN),
    // As of a named day: it says nothing of later bars.
    details: { options: { asOf: '2026-01-30' }, provenance: {} } as NewAnalysis['details'],
    packed: pack({}),
    ...changes,
  };
}

export interface Writer {
  /** Stores these results in one transaction as a flush does, waits for `hold` before the commit, and rings. Answers their ids. */
  store(
    results: readonly (Partial<NewAnalysis> & { readonly ticker: string })[],
    hold?: () => Promise<unknown>,
  ): Promise<string[]>;
}

/** Writes under a job of its own, so that writers wait for each other at the feed only, unless it is given one. */
export async function createWriter(
  db: Db,
  workspaceId = DEFAULT_WORKSPACE_ID,
  givenJobId?: string,
): Promise<Writer> {
  const jobId = givenJobId ?? (await submit(db, ['A'], { workspaceId }));
  let written = 0;
  return {
    async store(results, hold) {
      const rows = results.map(({ ticker, ...changes }): StoredAnalysis => {
        written += 1;
        // The job, ticker and strategy of a result are unique.
        const analysis = newAnalysis({ strategy: `S${written}`, ...changes });
        return { jobId, workspaceId, ticker, analysis };
      });
      const heads = await db.transaction(async (tx: Tx) => {
        await insertAnalyses(tx, rows);
        await hold?.();
        return appendToFeed(
          tx,
          rows.map(({ analysis }) => ({ workspaceId, analysisId: analysis.id })),
        );
      });
      await ring(
        db,
        heads.map(({ position }) => ({ about: 'feed', id: workspaceId, at: position })),
      );
      return rows.map(({ analysis }) => analysis.id);
    },
  };
}
