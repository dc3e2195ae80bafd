import type { Executor } from '../db/client.ts';
import { groupsOf, ofGroup } from '../db/groups.ts';
import type { IdPage } from '../db/newest-first.ts';
import { readRows } from '../db/selection.ts';
import { executeVarying } from '../db/statement.ts';
import { idsWithin } from '../db/time-id.ts';
import { wholeJob } from './job.store.ts';
import type { Job, JobKind, JobOrigin, JobState } from './job.ts';

export interface JobFilter {
  readonly states?: readonly JobState[] | undefined;
  readonly origin?: JobOrigin | undefined;
  readonly strategy?: string | undefined;
  readonly watchlistId?: string | undefined;
  readonly kinds?: readonly JobKind[] | undefined;
  /** With an item of this ticker. */
  readonly ticker?: string | undefined;
  readonly createdFrom?: Date | undefined;
  /** Exclusive. */
  readonly createdTo?: Date | undefined;
}

/** Of `jobs_listing_idx`, between the workspace and the id. */
const groupedColumns = ['state', 'origin', 'kind', 'strategy'];

/** A part of a list, found on one index. No job is in two parts. */
interface Part {
  /** Conditions on combinations `g` of the grouped columns; null: the jobs are not found by these. */
  readonly groups: readonly string[] | null;
  /** Tables, one of them jobs `j`. */
  readonly from: string;
  /** The column that the index gives in order: the job's id. */
  readonly id: 'j.id' | 'i.job_id';
  readonly where: readonly string[];
}

/** The values of a statement; `add` returns the name of another. */
function createValues(...first: unknown[]) {
  const values = [...first];
  return { values, add: (value: unknown) => `$${values.push(value)}` };
}
type Add = ReturnType<typeof createValues>['add'];

function partsOf(filter: JobFilter, page: Partial<IdPage>, add: Add): Part[] {
  const { watchlistId, ticker, strategy } = filter;
  const bounds = boundsOf(filter, page, add);
  const common = watchlistId === undefined ? [] : [`j.watchlist_id = ${add(watchlistId)}`];
  const grouped = groupedConditions(filter, add);
  const ofGroups = (row: string) => grouped.map((condition) => `${row}.${condition}`);
  const asked = strategy === undefined ? null : add(strategy);
  const part = (from: string, id: Part['id'], ...where: string[]): Part => ({
    groups: null,
    from,
    id,
    where: [...where, ...common, ...bounds.map((bound) => bound.replace('id', id))],
  });
  const every = asked === null ? ofGroups('j') : [...ofGroups('j'), hasStrategy(asked)];

  if (ticker !== undefined) {
    const name = add(ticker);
    // The limit keeps the planner from looking for the ticker in the items of all jobs.
    const open = `jobs j cross join lateral (
      select from job_items i where i.job_id = j.id and i.ticker = ${name} and i.finished_at is null limit 1) as i`;
    return [
      part(
        'job_items i join jobs j on j.id = i.job_id',
        'i.job_id',
        endedWith(name),
        'j.workspace_id = $1',
        ...every,
      ),
      // An item that has not ended is looked up in the jobs that have not ended.
      {
        ...part(open, 'j.id', 'j.workspace_id = $1', ofGroup('j', groupedColumns), ...every),
        groups: [UNFINISHED],
      },
    ];
  }
  if (watchlistId !== undefined || (grouped.length === 0 && asked === null))
    return [part('jobs j', 'j.id', 'j.workspace_id = $1', ...every)];
  const byGroup = {
    ...part('jobs j', 'j.id', 'j.workspace_id = $1', ofGroup('j', groupedColumns)),
    groups: asked === null ? ofGroups('g') : [...ofGroups('g'), `g.strategy = ${asked}`],
  };
  return asked === null
    ? [byGroup]
    : [byGroup, part('jobs j', 'j.id', 'j.workspace_id = $1', amongSeveral(asked), ...ofGroups('j'))];
}

const UNFINISHED = `g.state in ('QUEUED', 'PROCESSING')`;
const endedWith = (ticker: string) =>
  `i.workspace_id = $1 and i.ticker = ${ticker} and i.finished_at is not null`;
/** A job has the strategy that its row names, and those of its options when there are several. */
const hasStrategy = (strategy: string) =>
  `(j.strategy = ${strategy} or jsonb_exists(j.options -> 'strategies', ${strategy}))`;
/** The strategy is one of several, and not the one that the row names. The first condition is that of `jobs_strategies_idx`. */
const amongSeveral = (strategy: string) =>
  `j.options @? '$.strategies[1]' and jsonb_exists(j.options -> 'strategies', ${strategy}) and j.strategy <> ${strategy}`;

/** Conditions on `id`, and on the time of creation. */
function boundsOf(
  { createdFrom, createdTo }: JobFilter,
  { olderThan, newerThan }: Partial<IdPage>,
  add: Add,
) {
  const { after, before } = idsWithin({ from: createdFrom, to: createdTo });
  const bounds: readonly (readonly [string, unknown])[] = [
    ['id <', olderThan],
    ['id >', newerThan],
    ['id >', after],
    ['id <', before],
    ['j.created_at >=', createdFrom],
    ['j.created_at <', createdTo],
  ];
  return bounds.flatMap(([condition, value]) => (value === undefined ? [] : [`${condition} ${add(value)}`]));
}

/** Conditions on grouped columns, without the row that they are of. */
function groupedConditions({ states, origin, kinds }: JobFilter, add: Add): string[] {
  return [
    ...(states === undefined ? [] : [`state = any(${add(states)}::text[])`]),
    ...(origin === undefined ? [] : [`origin = ${add(origin)}`]),
    ...(kinds === undefined ? [] : [`kind = any(${add(kinds)}::text[])`]),
  ];
}

const conditions = (all: readonly string[]) => all.join(' and ') || 'true';
const withGroups = (parts: readonly Part[]) =>
  parts.some(({ groups }) => groups !== null) ? groupsOf('jobs', groupedColumns) : '';

/** Newest first. */
export async function listJobs(
  db: Executor,
  workspaceId: string,
  filter: JobFilter,
  page: IdPage,
): Promise<Job[]> {
  const { values, add } = createValues(workspaceId);
  const upwards = page.newerThan !== undefined;
  const parts = partsOf(filter, page, add);
  const end = `${upwards ? 'asc' : 'desc'} limit ${add(page.limit)}`;
  const ids = parts.map(({ groups, from, id, where }) => {
    const newest = `select j.id from ${from} where ${conditions(where)} order by ${id} ${end}`;
    return groups === null
      ? `(${newest})`
      : `select p.id from groups g cross join lateral (${newest}) as p where ${conditions(groups)}`;
  });
  const found = `${withGroups(parts)} select id from (${ids.join(' union all ')}) as found order by id ${end}`;
  const tail = `from (${found}) as page join jobs j on j.id = page.id order by j.id ${upwards ? 'asc' : 'desc'}`;
  const rows = await readRows(executeVarying, db, 'listJobs', wholeJob, tail, values);
  return upwards ? rows.reverse() : rows;
}

/** Reads an entry of an index per job that it counts. */
export async function countJobs(db: Executor, workspaceId: string, filter: JobFilter): Promise<number> {
  const { values, add } = createValues(workspaceId);
  const parts = partsOf(filter, {}, add);
  const counts = parts.map(({ groups, from, where }) =>
    groups === null
      ? `(select count(*) from ${from} where ${conditions(where)})`
      : `(select coalesce(sum(p.n), 0) from groups g cross join lateral (
          select count(*) as n from ${from} where ${conditions(where)}) as p where ${conditions(groups)})`,
  );
  const text = `${withGroups(parts)} select (${counts.join(' + ')})::int as n`;
  const [row] = await executeVarying<{ n: number }>(db, 'countJobs', text, values);
  return row?.n ?? 0;
}
