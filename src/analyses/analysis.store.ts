import { doubleRows, type Element, type ElementType } from '../db/array.ts';
import type { Executor, Tx } from '../db/client.ts';
import { type Conditions, createConditions } from '../db/conditions.ts';
import { and, eq, getTableColumns, sql } from '../db/drizzle.ts';
import { groupsOf, ofGroup } from '../db/groups.ts';
import { type IdPage, OLDEST } from '../db/newest-first.ts';
import { type Columns, readRows, type Selection, selectionOf } from '../db/selection.ts';
import { column, doubleRow, execute, executeVarying } from '../db/statement.ts';
import type { Timeframe } from '../quant/resample.ts';
import type { Verdict } from '../quant/score.ts';
import { analyses, analysisDetails } from './analysis.tables.ts';
import type { Analysis, AnalysisColumn, AnalysisDetails, NewAnalysis } from './analysis.ts';
import { figureAt } from './figure.store.ts';
import { BAR_FIGURES, type BarFigure } from './figures.ts';
import { unpack } from './packing.ts';
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
  /** … and are cast to this one, all at once. */
  readonly cast: string;
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

/**
 * The columns of the table, apart from those whose value is stored in another form than `Analysis` has it. A column that is added to the table is one of `plain`:
 * it is written from the property of its name, and read into it.
 */
const { createdAt, figures: _figures, ...rest } = getTableColumns(analyses);
const { positionSize, units, warnings, inputHash, timeframe, backfill, ...plain } = rest;

/** Types of SQL whose values travel as they are. Exact decimals travel as text. */
const travelling: Readonly<Record<string, readonly [type: ElementType, cast: string]>> = {
  uuid: ['uuid', ''],
  text: ['text', ''],
  'double precision': ['float8', ''],
  smallint: ['int2', ''],
  integer: ['int4', ''],
  boolean: ['bool', ''],
  date: ['date', ''],
  numeric: ['text', '::numeric[]'],
};

const ofRow = { workspaceId: true, jobId: true, ticker: true } as const;
type OfRow = keyof typeof ofRow;
const isOfRow = (key: string): key is OfRow => Object.hasOwn(ofRow, key);

function plainColumn(key: keyof typeof plain): Narrow {
  const { name } = plain[key];
  const type = plain[key].getSQLType();
  const found = travelling[type];
  if (found === undefined) throw new Error(`the type ${type} of analyses.${name} is not stored yet`);
  const of = isOfRow(key)
    ? (row: StoredAnalysis) => row[key]
    : ({ analysis }: StoredAnalysis) => analysis[key];
  return narrow(name, found[0], of as (row: StoredAnalysis) => never, found[1]);
}

const narrowColumns: readonly Narrow[] = [
  ...(Object.keys(plain) as (keyof typeof plain)[]).map(plainColumn),
  narrow(positionSize.name, 'int8', ({ analysis }) =>
    analysis.positionSize === null ? null : Math.floor(analysis.positionSize),
  ),
  // Most sizes are whole.
  narrow(
    units.name,
    'text',
    ({ analysis: { positionSize: size } }) => (size === null || Number.isInteger(size) ? null : String(size)),
    '::numeric[]',
  ),
  narrow(warnings.name, 'jsonb', ({ analysis }) =>
    analysis.warnings.length === 0 ? null : JSON.stringify(analysis.warnings),
  ),
  narrow(inputHash.name, 'bytea', ({ analysis }) =>
    analysis.inputHash === null ? null : Buffer.from(analysis.inputHash, 'hex'),
  ),
  narrow(timeframe.name, 'text', ({ analysis }) => analysis.timeframe),
  narrow(backfill.name, 'bool', ({ analysis }) => analysis.isBackfill),
];

const narrowNames = narrowColumns.map(({ name }) => name).join(', ');
const FIGURES = BAR_FIGURES.length;
const insertNarrow = `insert into analyses (${narrowNames}, figures)
  select ${narrowColumns.map(({ name }) => `n.${name}`).join(', ')}, ${doubleRow(narrowColumns.length + 1, FIGURES, 'n.place')}
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

const ofBar = <Column>(columnOf: (place: number) => Column) =>
  Object.fromEntries(BAR_FIGURES.map((name, i) => [name, columnOf(i + 1)])) as Record<BarFigure, Column>;

/** What readers select of a result: the narrow row. */
export const analysisColumns = {
  ...plain,
  createdAt,
  positionSize: sql<number | null>`coalesce(${units}::float8, ${positionSize})`,
  warnings: sql<Analysis['warnings']>`coalesce(${warnings}, '[]')`,
  isBackfill: backfill,
  timeframe: sql<Timeframe>`${timeframe}`,
  inputHash: sql<string | null>`encode(${inputHash}, 'hex')`,
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

/** The columns that are wanted, all without a wish: the others of the rows are undefined, and nobody looks at them (`graphql/field-columns.ts`). */
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
  /** Days of the last bar, both inclusive. Only with a ticker or a job: all results of a workspace are in no order of days. */
  readonly asOfFrom?: string | undefined;
  readonly asOfTo?: string | undefined;
  /** Times of storing, the second one exclusive. Only with a ticker or a job. */
  readonly storedFrom?: Date | undefined;
  readonly storedTo?: Date | undefined;
  /** Also results of jobs that fill a span of days. Those of a job that is named are always listed. */
  readonly includeBackfill?: boolean | undefined;
}

/** Results of spans are listed when they are asked for, or their job is. */
const isRegularOnly = ({ jobId, includeBackfill }: AnalysisFilter) =>
  jobId === undefined && includeBackfill !== true;

function matching(workspaceId: string, filter: AnalysisFilter): Conditions {
  const fixed = ['a.workspace_id = $1', ...(isRegularOnly(filter) ? ['not a.backfill'] : [])];
  const found = createConditions(fixed, workspaceId);
  found.where('a.job_id = ?', filter.jobId);
  found.where('a.ticker = ?', filter.ticker);
  found.where('a.strategy = ?', filter.strategy);
  found.where('a.verdict = any(?::text[])', filter.verdicts);
  found.where('a.as_of >= ?::date', filter.asOfFrom);
  found.where('a.as_of <= ?::date', filter.asOfTo);
  found.where('a.created_at >= ?::timestamptz', filter.storedFrom);
  found.where('a.created_at < ?::timestamptz', filter.storedTo);
  return found;
}

/** Of `analyses_groups_idx`, between the workspace and the id. */
const grouped = ['strategy', 'verdict', 'backfill'];
const groups = groupsOf('analyses', grouped);
const inGroups = (filter: AnalysisFilter) => (isRegularOnly(filter) ? 'where not g.backfill' : '');

/** The results of a job or of a ticker are found by an index of their own, and are few. Every other list and count goes from group to group. */
const isOfGroups = ({ jobId, ticker }: AnalysisFilter) => jobId === undefined && ticker === undefined;

/** Of a ticker: by the day of the last bar, so that a past day that is filled in later is not the newest. Of a job: in the order in which they were stored. */
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
        select a.id from analyses a where ${ofGroup('a', grouped)} and ${found.text()} ${order} ${first}) as p ${inGroups(filter)}
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
        select count(*) as n from analyses a where ${ofGroup('a', grouped)} and ${found.text()}) as c ${inGroups(filter)}`
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

/**
 * Results of items, by (job, ticker); those of one item in the order of its strategies. Of an item that fills a span of days those of its last day: one look at the
 * end of a range of the unique index for each item and strategy.
 */
export async function listAnalysesOfItems(
  db: Executor,
  workspaceId: string,
  items: readonly { readonly jobId: string; readonly ticker: string }[],
  strategies: readonly string[],
  wanted: Wanted = null,
): Promise<Analysis[]> {
  return read(
    db,
    'listAnalysesOfItems',
    wanted,
    `from unnest($2::uuid[], $3::text[]) as i(job_id, ticker) cross join unnest($4::text[]) as s(strategy)
     cross join lateral (
       select * from analyses r where r.job_id = i.job_id and r.ticker = i.ticker and r.strategy = s.strategy
       order by (case when r.backfill then r.as_of else '-infinity'::date end) desc limit 1) as a
     where a.workspace_id = $1 order by a.id`,
    [
      workspaceId,
      column('uuid', items, ({ jobId }) => jobId),
      column('text', items, ({ ticker }) => ticker),
      column('text', strategies, (strategy) => strategy),
    ],
  );
}
