import type { Element, ElementType } from '../db/array.ts';
import type { Executor, Tx } from '../db/client.ts';
import { type Conditions, createConditions } from '../db/conditions.ts';
import { and, eq, sql } from '../db/drizzle.ts';
import { groupsOf, ofGroup } from '../db/groups.ts';
import { type IdPage, OLDEST } from '../db/newest-first.ts';
import { type Columns, readRows, type Selection, selectionOf } from '../db/selection.ts';
import { column, doubleRow, doubleRows, execute, executeVarying } from '../db/statement.ts';
import { analyses, analysisDetails } from '../db/tables.ts';
import { gatesOf } from '../quant/gate.ts';
import type { Timeframe } from '../quant/resample.ts';
import type { Verdict } from '../quant/score.ts';
import type { Analysis, AnalysisDetails, NewAnalysis } from './analysis.ts';
import type { AnalysisColumn } from './columns.ts';
import { figureAt } from './figure.store.ts';
import { BAR_FIGURES, type BarFigure } from './figures.ts';
import { LINES } from './lines.ts';
import { unpack } from './packing.ts';
import { TALLY_NUMBERS } from './tallies.ts';
import { latestKey } from './timeframe.ts';

export interface StoredAnalysis {
  readonly jobId: string;
  readonly workspaceId: string;
  readonly ticker: string;
  readonly analysis: NewAnalysis;
}

/** A column of `analyses` and what goes into it. */
interface Narrow {
  readonly name: string;
  /** Its values travel as this type … */
  readonly type: ElementType;
  /** … and are cast to this one: all at once … */
  readonly cast: string;
  /** … or each, where a value is an array of its own. */
  readonly castEach?: string;
  readonly values: (rows: readonly StoredAnalysis[]) => Buffer;
}

function narrow<Type extends ElementType>(
  name: string,
  type: Type,
  of: (row: StoredAnalysis) => Element<Type>,
  cast = '',
): Narrow {
  return { name, type, cast, values: (rows) => column(type, rows, of) };
}

/** Exact decimals travel as text. */
const decimal = (name: string, of: (analysis: NewAnalysis) => string | null) =>
  narrow(name, 'text', ({ analysis }) => of(analysis), '::numeric[]');

const narrowColumns: readonly Narrow[] = [
  narrow('id', 'uuid', ({ analysis }) => analysis.id),
  narrow('workspace_id', 'uuid', (row) => row.workspaceId),
  narrow('job_id', 'uuid', (row) => row.jobId),
  narrow('ticker', 'text', (row) => row.ticker),
  narrow('strategy', 'text', ({ analysis }) => analysis.strategy),
  narrow('score', 'float8', ({ analysis }) => analysis.score),
  narrow('score_verdict', 'text', ({ analysis }) => analysis.scoreVerdict),
  narrow('verdict', 'text', ({ analysis }) => analysis.verdict),
  narrow('regime', 'text', ({ analysis }) => analysis.regime),
  narrow('coverage', 'float8', ({ analysis }) => analysis.coverage),
  narrow('conviction', 'float8', ({ analysis }) => analysis.conviction),
  narrow('buy_votes', 'int2', ({ analysis }) => analysis.buyVotes),
  narrow('neutral_votes', 'int2', ({ analysis }) => analysis.neutralVotes),
  narrow('sell_votes', 'int2', ({ analysis }) => analysis.sellVotes),
  narrow('unavailable_votes', 'int2', ({ analysis }) => analysis.unavailableVotes),
  narrow('side', 'text', ({ analysis }) => analysis.side),
  decimal('entry', (analysis) => analysis.entry),
  decimal('stop', (analysis) => analysis.stop),
  decimal('target', (analysis) => analysis.target),
  decimal('risk_reward', (analysis) => analysis.riskReward),
  narrow('position_size', 'int8', ({ analysis: { positionSize } }) =>
    positionSize === null ? null : Math.floor(positionSize),
  ),
  // Most sizes are whole.
  decimal('units', ({ positionSize }) =>
    positionSize === null || Number.isInteger(positionSize) ? null : String(positionSize),
  ),
  narrow('currency', 'text', ({ analysis }) => analysis.currency),
  narrow('warnings', 'jsonb', ({ analysis: { warnings } }) =>
    warnings.length === 0 ? null : JSON.stringify(warnings),
  ),
  narrow('source', 'text', ({ analysis }) => analysis.source),
  narrow('is_demo', 'bool', ({ analysis }) => analysis.isDemo),
  narrow('customised', 'bool', ({ analysis }) => analysis.customised),
  narrow('timeframe', 'text', ({ analysis }) => analysis.timeframe),
  narrow('as_of', 'date', ({ analysis }) => analysis.asOf),
  narrow('input_hash', 'bytea', ({ analysis: { inputHash } }) =>
    inputHash === null ? null : Buffer.from(inputHash, 'hex'),
  ),
  narrow('engine_version', 'int2', ({ analysis }) => analysis.engineVersion),
];

const narrowNames = narrowColumns.map(({ name }) => name).join(', ');
const FIGURES = BAR_FIGURES.length;
const insertNarrow = `insert into analyses (${narrowNames}, figures)
  select ${narrowColumns.map(({ name, castEach = '' }) => `n.${name}${castEach}`).join(', ')}, ${doubleRow(narrowColumns.length + 1, FIGURES, 'n.place')}
  from unnest(${narrowColumns.map(({ type, cast }, i) => `$${i + 1}::${type}[]${cast}`).join(', ')})
    with ordinality as n(${narrowNames}, place)`;

/** Narrow rows of many results in one statement. */
export async function insertAnalyses(tx: Tx, rows: readonly StoredAnalysis[]): Promise<void> {
  await execute(tx, 'insertAnalyses', insertNarrow, [
    ...narrowColumns.map(({ values }) => values(rows)),
    doubleRows(rows, FIGURES, ({ analysis }) => analysis.figures),
  ]);
}

export async function insertDetails(tx: Tx, rows: readonly StoredAnalysis[]): Promise<void> {
  await execute(
    tx,
    'insertDetails',
    'insert into analysis_details (analysis_id, body) select * from unnest($1::uuid[], $2::bytea[])',
    [
      column('uuid', rows, ({ analysis }) => analysis.id),
      column('bytea', rows, ({ analysis }) => analysis.packed),
    ],
  );
}

/**
 * Moves "latest" on to these results unless what is there is greater by (real before demo, asOf). Of equals the later commit wins: the row's
 * lock decides, not ids, which are made by the clocks of different workers. A result that read its source up to the newest bar also
 * displaces one of the same source with a later bar, which the source no longer has. A bar of the day on which it read is no such bar: another
 * worker may have read it a moment later. Rows are taken in key order, so that two flushes never
 * wait for each other in a circle.
 */
export async function upsertLatest(tx: Tx, rows: readonly StoredAnalysis[]): Promise<void> {
  await execute(
    tx,
    'upsertLatest',
    `insert into latest_analyses as l (workspace_id, ticker, strategy, analysis_id, is_demo, as_of, gated, lines, lines_of, tallies)
     select distinct on (n.workspace_id, n.ticker collate "C", n.strategy collate "C")
       n.workspace_id, n.ticker, n.strategy, n.analysis_id, n.is_demo, n.as_of, n.gated, ${doubleRow(10, LINES.length, 'n.place')}, n.analysis_id, ${doubleRow(11, TALLY_NUMBERS, 'n.place')}
     from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::boolean[], $6::date[], $7::boolean[])
       with ordinality as n(workspace_id, ticker, strategy, analysis_id, is_demo, as_of, gated, place)
     order by n.workspace_id, n.ticker collate "C", n.strategy collate "C", n.is_demo, n.as_of desc, n.place desc
     on conflict (workspace_id, ticker, strategy) do update
       set analysis_id = excluded.analysis_id, is_demo = excluded.is_demo, as_of = excluded.as_of, gated = excluded.gated,
         lines = excluded.lines, lines_of = excluded.lines_of, tallies = excluded.tallies
       where (not excluded.is_demo, excluded.as_of) >= (not l.is_demo, l.as_of) or (l.is_demo = excluded.is_demo and exists (
         select from unnest($4::uuid[], $8::date[], $9::text[]) as n(analysis_id, read_on, source)
         join analyses a on a.id = l.analysis_id and a.source = n.source
         where n.analysis_id = excluded.analysis_id and l.as_of <> n.read_on))`,
    [
      column('uuid', rows, (row) => row.workspaceId),
      column('text', rows, (row) => row.ticker),
      column('text', rows, ({ analysis }) => latestKey(analysis.strategy, analysis.timeframe)),
      column('uuid', rows, ({ analysis }) => analysis.id),
      column('bool', rows, ({ analysis }) => analysis.isDemo),
      column('date', rows, ({ analysis }) => analysis.asOf),
      column('bool', rows, ({ analysis }) => gatesOf(analysis.warnings).length > 0),
      // Null where the request named a day: of later bars it knows nothing.
      column('date', rows, ({ analysis: { details } }) =>
        details.options.asOf === null ? details.provenance.asOf : null,
      ),
      column('text', rows, ({ analysis }) => analysis.source),
      doubleRows(rows, LINES.length, ({ analysis }) => analysis.lines),
      doubleRows(rows, TALLY_NUMBERS, ({ analysis }) => analysis.tallies),
    ],
  );
}

const ofBar = <Column>(columnOf: (place: number) => Column) =>
  Object.fromEntries(BAR_FIGURES.map((name, i) => [name, columnOf(i + 1)])) as Record<BarFigure, Column>;

/** What readers select of a result: the narrow row. */
export const analysisColumns = {
  id: analyses.id,
  workspaceId: analyses.workspaceId,
  jobId: analyses.jobId,
  ticker: analyses.ticker,
  strategy: analyses.strategy,
  score: analyses.score,
  scoreVerdict: analyses.scoreVerdict,
  verdict: analyses.verdict,
  regime: analyses.regime,
  coverage: analyses.coverage,
  conviction: analyses.conviction,
  buyVotes: analyses.buyVotes,
  neutralVotes: analyses.neutralVotes,
  sellVotes: analyses.sellVotes,
  unavailableVotes: analyses.unavailableVotes,
  side: analyses.side,
  entry: analyses.entry,
  stop: analyses.stop,
  target: analyses.target,
  riskReward: analyses.riskReward,
  positionSize: sql<number | null>`coalesce(${analyses.units}::float8, ${analyses.positionSize})`,
  currency: analyses.currency,
  warnings: sql<Analysis['warnings']>`coalesce(${analyses.warnings}, '[]')`,
  source: analyses.source,
  isDemo: analyses.isDemo,
  customised: analyses.customised,
  timeframe: sql<Timeframe>`${analyses.timeframe}`,
  asOf: analyses.asOf,
  createdAt: analyses.createdAt,
  inputHash: sql<string | null>`encode(${analyses.inputHash}, 'hex')`,
  engineVersion: analyses.engineVersion,
  ...ofBar((place) => sql<number | null>`${sql.raw(figureAt('analyses', place))}`),
};

const expressions = {
  timeframe: { expression: 'a.timeframe' },
  positionSize: { expression: 'coalesce(a.units::float8, a.position_size)' },
  ...ofBar((place) => ({ expression: figureAt('a', place) })),
  warnings: { expression: "coalesce(a.warnings, '[]')" },
  inputHash: { expression: "encode(a.input_hash, 'hex')" },
};
const columns: Columns<Analysis> = { ...analysisColumns, ...expressions };
const whole = selectionOf('a', columns);
const selections = new WeakMap<object, Selection<Analysis>>();

type Wanted = readonly AnalysisColumn[] | null;

/** The columns that are wanted, all without a wish: the others of the rows are undefined, and nobody looks at them (`columns.ts`). */
function choose(wanted: Wanted): Selection<Analysis> {
  if (wanted === null) return whole;
  const known = selections.get(wanted) ?? selectionOf('a', columns, wanted);
  selections.set(wanted, known);
  return known;
}

const read = (
  db: Executor,
  title: string,
  wanted: Wanted,
  tail: string,
  values: readonly unknown[],
): Promise<Analysis[]> => readRows(executeVarying, db, title, choose(wanted), tail, values);

export async function findAnalysis(
  db: Executor,
  workspaceId: string,
  id: string,
  wanted: Wanted = null,
): Promise<Analysis | null> {
  const [row] = await listAnalysesByIds(db, workspaceId, [id], wanted);
  return row ?? null;
}

export async function listAnalysesByIds(
  db: Executor,
  workspaceId: string,
  ids: readonly string[],
  wanted: Wanted = null,
): Promise<Analysis[]> {
  return read(
    db,
    'listAnalysesByIds',
    wanted,
    // OFFSET keeps a kept plan from looking for the ids in an index of the workspace.
    'from (select * from analyses where id = any($2::uuid[]) offset 0) as a where a.workspace_id = $1',
    [workspaceId, column('uuid', ids, (id) => id)],
  );
}

/** Of several workspaces at once: what their feeds name. */
export async function listFedAnalyses(
  db: Executor,
  workspaceIds: readonly string[],
  ids: readonly string[],
): Promise<Analysis[]> {
  return db
    .select(analysisColumns)
    .from(analyses)
    .where(
      sql`${analyses.id} = any(${sql.param(ids)}::uuid[]) and ${analyses.workspaceId} = any(${sql.param(workspaceIds)}::uuid[])`,
    );
}

export async function listDetails(
  db: Executor,
  workspaceId: string,
  ids: readonly string[],
): Promise<Map<string, AnalysisDetails>> {
  const rows = await db
    .select({ analysisId: analysisDetails.analysisId, body: analysisDetails.body })
    .from(analysisDetails)
    .innerJoin(analyses, eq(analyses.id, analysisDetails.analysisId))
    .where(
      and(
        eq(analyses.workspaceId, workspaceId),
        sql`${analysisDetails.analysisId} = any(${sql.param(ids)}::uuid[])`,
      ),
    );
  return new Map(rows.map((row) => [row.analysisId, unpack(row.body) as AnalysisDetails]));
}

export interface AnalysisFilter {
  readonly jobId?: string | undefined;
  readonly ticker?: string | undefined;
  readonly strategy?: string | undefined;
  readonly verdicts?: readonly Verdict[] | undefined;
}

function matching(workspaceId: string, filter: AnalysisFilter): Conditions {
  const found = createConditions(['a.workspace_id = $1'], workspaceId);
  found.where('a.job_id = ?', filter.jobId);
  found.where('a.ticker = ?', filter.ticker);
  found.where('a.strategy = ?', filter.strategy);
  found.where('a.verdict = any(?::text[])', filter.verdicts);
  return found;
}

/** Of `analyses_listing_idx`, between the workspace and the id. */
const grouped = ['strategy', 'verdict'];
const groups = groupsOf('analyses', grouped);

/** The results of a job or of a ticker are found by an index of their own, and are few. */
function isOfGroups({ jobId, ticker, strategy, verdicts }: AnalysisFilter): boolean {
  return jobId === undefined && ticker === undefined && (strategy !== undefined || verdicts !== undefined);
}

/** Of a ticker: by the day of the last bar, so that a past day that is filled in later is not the newest. A job has one day. */
const isHistory = ({ jobId, ticker }: AnalysisFilter) => jobId === undefined && ticker !== undefined;
const placeOf = '(select c.as_of, c.id from analyses c where c.workspace_id = $1 and c.id = ?)';

/** Newest first; ids grow with time. */
export async function listAnalyses(
  db: Executor,
  workspaceId: string,
  filter: AnalysisFilter,
  { limit, olderThan, newerThan }: IdPage,
  wanted: Wanted = null,
): Promise<Analysis[]> {
  const upwards = newerThan !== undefined;
  const found = matching(workspaceId, filter);
  const byDay = isHistory(filter);
  found.where(byDay ? `(a.as_of, a.id) < ${placeOf}` : 'a.id < ?', olderThan);
  const isFromEnd = byDay && newerThan === OLDEST;
  found.where(byDay ? `(a.as_of, a.id) > ${placeOf}` : 'a.id > ?', isFromEnd ? undefined : newerThan);
  found.values.push(limit);
  const direction = upwards ? 'asc' : 'desc';
  const order = `order by ${byDay ? `a.as_of ${direction}, ` : ''}a.id ${direction}`;
  const first = `limit $${found.values.length}`;
  const tail = isOfGroups(filter)
    ? `from (${groups} select p.id from groups g cross join lateral (
        select a.id from analyses a where ${ofGroup('a', grouped)} and ${found.text()} ${order} ${first}) as p
        order by p.id ${direction} ${first}) as page join analyses a on a.id = page.id ${order}`
    : `from analyses a where ${found.text()} ${order} ${first}`;
  const rows = await read(db, 'listAnalyses', wanted, tail, found.values);
  return upwards ? rows.reverse() : rows;
}

export async function countAnalyses(
  db: Executor,
  workspaceId: string,
  filter: AnalysisFilter,
): Promise<number> {
  const found = matching(workspaceId, filter);
  const text = isOfGroups(filter)
    ? `${groups} select coalesce(sum(c.n), 0)::int as n from groups g cross join lateral (
        select count(*) as n from analyses a where ${ofGroup('a', grouped)} and ${found.text()}) as c`
    : `select count(*)::int as n from analyses a where ${found.text()}`;
  const [row] = await executeVarying<{ n: number }>(db, 'countAnalyses', text, found.values);
  return row?.n ?? 0;
}

/** The latest result of each of these tickers with a strategy. */
export async function listLatest(
  db: Executor,
  workspaceId: string,
  tickers: readonly string[],
  strategy: string,
  timeframe: Timeframe = 'DAILY',
  wanted: Wanted = null,
): Promise<Analysis[]> {
  return read(
    db,
    'listLatest',
    wanted,
    `from latest_analyses l join analyses a on a.id = l.analysis_id
     where l.workspace_id = $1 and l.ticker = any($2::text[]) and l.strategy = $3 order by l.ticker`,
    [workspaceId, column('text', tickers, (ticker) => ticker), latestKey(strategy, timeframe)],
  );
}

/** Results of items, by (job, ticker); those of one item in the order of its strategies. */
export async function listAnalysesOfItems(
  db: Executor,
  workspaceId: string,
  items: readonly { readonly jobId: string; readonly ticker: string }[],
  wanted: Wanted = null,
): Promise<Analysis[]> {
  return read(
    db,
    'listAnalysesOfItems',
    wanted,
    `from analyses a where a.workspace_id = $1 and (a.job_id, a.ticker) in (select * from unnest($2::uuid[], $3::text[]))
     order by a.id`,
    [workspaceId, column('uuid', items, ({ jobId }) => jobId), column('text', items, ({ ticker }) => ticker)],
  );
}
