import pg from 'pg';
import type { Db, Tx } from '../../src/db/client.ts';
import { drizzle } from '../../src/db/drizzle.ts';

/** What one statement did, as its plan reports it. */
export interface Reading {
  /** Its first comment or the name that it is prepared under; of a statement of a trigger, the beginning of its text. */
  readonly statement: string;
  /** Rows of tables and entries of indexes that were read, those included that a filter removed. */
  readonly read: number;
  /** Rows that it returned, wrote or locked. */
  readonly returned: number;
  readonly relations: number;
  readonly blocks: number;
  readonly plan: string;
}

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly 'Rows Removed by Join Filter'?: number;
  readonly 'Shared Hit Blocks'?: number;
  readonly 'Shared Read Blocks'?: number;
  readonly Plans?: readonly PlanNode[];
}

/**
 * CUSTOM: planned for the values of the call. GENERIC: planned for any values. KEPT: the plan that PostgreSQL has chosen to keep for a named
 * statement after seven calls; the frequent statements of an API node have names.
 */
export type PlanMode = 'CUSTOM' | 'GENERIC' | 'KEPT';
const CALLS = 7;
const SMALL_TABLE_BLOCKS = 40;

export interface ReadMeter {
  /** Runs the work in a transaction that is rolled back, and measures its statements and those of triggers. */
  measure<T>(
    mode: PlanMode,
    work: (tx: Tx & Db, client: pg.Client) => Promise<T>,
  ): Promise<{ result: T; readings: Reading[] }>;
  close(): Promise<void>;
}

/** Measures statements by what `auto_explain` reports of their executions: the plans that really ran, with their rows and buffers. */
export async function openReadMeter(url: string): Promise<ReadMeter> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`load 'auto_explain'; set auto_explain.log_min_duration = 0; set auto_explain.log_analyze = on; set auto_explain.log_buffers = on; set auto_explain.log_timing = off;
    set auto_explain.log_format = json; set auto_explain.log_nested_statements = on; set auto_explain.log_level = notice; set max_parallel_workers_per_gather = 0`);
  const names = new Map<string, string>();
  let readings: Reading[] = [];
  client.on('notice', ({ message }) => {
    const json = /plan:\s*(\{[\s\S]*\})\s*$/.exec(message ?? '')?.[1];
    if (json !== undefined) readings.push(toReading(JSON.parse(json), names));
  });
  const query = client.query.bind(client) as (...args: unknown[]) => unknown;
  const given = new Map<string, string>();
  let givesNames = false;
  Reflect.set(client, 'query', (...args: unknown[]) => {
    const {
      text,
      name,
      values = args[1],
    } = Object(args[0]) as { text?: string; name?: string; values?: unknown };
    if (text === undefined) return query(...args);
    if (name !== undefined) names.set(text.trim(), name);
    if (name !== undefined || !givesNames || !Array.isArray(values) || values.length === 0)
      return query(...args);
    if (!given.has(text)) given.set(text, `given_${given.size}`);
    return query({ ...(args[0] as object), name: given.get(text) }, ...args.slice(1));
  });
  const tx = drizzle(client) as unknown as Tx & Db;
  async function once<T>(work: (tx: Tx & Db, client: pg.Client) => Promise<T>) {
    await client.query('begin');
    readings = [];
    try {
      const result = await work(tx, client);
      return { result, readings };
    } finally {
      await client.query('rollback');
    }
  }
  return {
    async measure(mode, work) {
      await client.query(
        `set plan_cache_mode = ${mode === 'KEPT' ? 'auto' : `force_${mode.toLowerCase()}_plan`}`,
      );
      givesNames = mode === 'KEPT';
      for (let call = 1; mode === 'KEPT' && call < CALLS; call += 1) await once(work);
      return once(work);
    },
    close: () => client.end(),
  };
}

function toReading(
  { 'Query Text': text, Plan: plan }: { 'Query Text': string; Plan: PlanNode },
  names: ReadonlyMap<string, string>,
): Reading {
  const nodes = [...nodesOf(plan)];
  const written = nodes.filter((node) => /^(ModifyTable|LockRows)$/.test(node['Node Type']));
  return {
    statement: names.get(text.trim()) ?? /\/\* (\w+) \*\//.exec(text)?.[1] ?? text.trim().slice(0, 60),
    read: Math.round(nodes.reduce((sum, node) => sum + rowsRead(node), 0)),
    returned: Math.max(
      plan['Actual Rows'],
      ...written.flatMap((node) => (node.Plans ?? []).map((child) => total(child, child['Actual Rows']))),
    ),
    relations: new Set(nodes.flatMap((node) => node['Relation Name'] ?? node['Index Name'] ?? [])).size,
    blocks: (plan['Shared Hit Blocks'] ?? 0) + (plan['Shared Read Blocks'] ?? 0),
    plan: nodes
      .filter((node) => rowsRead(node) > 0)
      .map(
        (node) =>
          `${node['Node Type']} ${node['Relation Name'] ?? ''} ${node['Index Name'] ?? ''} ${rowsRead(node)}`,
      )
      .join('; '),
  };
}

function* nodesOf(node: PlanNode): Iterable<PlanNode> {
  yield node;
  for (const child of node.Plans ?? []) yield* nodesOf(child);
}

const total = (node: PlanNode, rows: number) => rows * node['Actual Loops'];

/** Rows of a table or entries of an index that a node read itself. Of a bitmap the entries count, not again the rows that they lead to. */
function rowsRead(node: PlanNode): number {
  if (!/Scan$/.test(node['Node Type']) || (node['Relation Name'] ?? node['Index Name']) === undefined)
    return 0;
  if (node['Node Type'] === 'Bitmap Heap Scan') return 0;
  // A table of some pages is read faster than its index; PostgreSQL plans anew when it has grown.
  const blocks =
    ((node['Shared Hit Blocks'] ?? 0) + (node['Shared Read Blocks'] ?? 0)) / node['Actual Loops'];
  if (node['Node Type'] === 'Seq Scan' && blocks <= SMALL_TABLE_BLOCKS) return 0;
  return total(
    node,
    node['Actual Rows'] +
      (node['Rows Removed by Filter'] ?? 0) +
      (node['Rows Removed by Index Recheck'] ?? 0),
  );
}
