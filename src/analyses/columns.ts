import type { Analysis } from './analysis.ts';
import { BAR_FIGURES } from './figures.ts';

export type AnalysisColumn = keyof Analysis;

/** What a row is found, told apart and grouped by. */
const always: readonly AnalysisColumn[] = ['id', 'workspaceId', 'jobId', 'ticker'];

/** Columns of the narrow row that a field of the API is made of; what comes from the details needs none. */
const columnsOfField: Readonly<Record<string, readonly AnalysisColumn[]>> = {
  __typename: [],
  id: [],
  ticker: [],
  instrument: [],
  job: [],
  strategy: ['strategy'],
  score: ['score'],
  scoreVerdict: ['scoreVerdict'],
  verdict: ['verdict'],
  regime: ['regime'],
  coverage: ['coverage'],
  conviction: ['conviction'],
  buyVotes: ['buyVotes'],
  neutralVotes: ['neutralVotes'],
  sellVotes: ['sellVotes'],
  unavailableVotes: ['unavailableVotes'],
  warnings: ['warnings'],
  source: ['source'],
  isDemo: ['isDemo'],
  isBackfill: ['isBackfill'],
  customised: ['customised'],
  timeframe: ['timeframe'],
  currency: ['currency'],
  asOf: ['asOf'],
  createdAt: ['createdAt'],
  inputHash: ['inputHash'],
  engineVersion: ['engineVersion'],
  bar: [...BAR_FIGURES, 'currency', 'asOf'],
  plan: ['side'],
  planRecord: ['side', 'strategy', 'source', 'inputHash'],
  universeRecord: ['side', 'strategy', 'timeframe', 'isDemo'],
  indicators: [],
  filters: [],
  vetoes: [],
  categoryScores: [],
  ledger: [],
  provenance: [],
  rawData: [],
};

/** Columns that are read for these fields of an analysis; null: all of them, for a field that is made of several. */
export function columnsFor(fields: ReadonlySet<string> | undefined): readonly AnalysisColumn[] | null {
  if (fields === undefined) return null;
  const answer = known.get(fields);
  if (answer !== undefined) return answer;
  const columns = findColumns(fields);
  known.set(fields, columns);
  return columns;
}

/** Documents come again and again, and with them their sets of fields. */
const known = new WeakMap<ReadonlySet<string>, readonly AnalysisColumn[] | null>();

function findColumns(fields: ReadonlySet<string>): readonly AnalysisColumn[] | null {
  const columns = new Set(always);
  for (const field of fields) {
    const needed = columnsOfField[field];
    if (needed === undefined) return null;
    for (const column of needed) columns.add(column);
  }
  return [...columns].sort();
}
