import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from '../logger.ts';
import { explainViolation, lostRace } from './constraints.ts';
import { drizzle, type NodePgDatabase, sql } from './drizzle.ts';
import { createLender, type Lender } from './lend.ts';
import { createStatementNames, nameStatements } from './name-statements.ts';
import { prepareSession } from './prepare-session.ts';
import { certainlyRolledBack, connectionLost, databaseErrorCode } from './retry.ts';
import type { Role } from './roles.ts';

export type Tx = Parameters<Parameters<NodePgDatabase['transaction']>[0]>[0];
export type Db = NodePgDatabase & {
  /** A transaction whose first statements are sent along with BEGIN; see `inLockedTransaction`. */
  lockedTransaction<Locked, T>(lock: Lock<Locked>, work: (tx: Tx, locked: Locked) => Promise<T>): Promise<T>;
  /** The same object for all that belong together, whatever role and workspace they work as. */
  readonly family: object;
};
type Lock<Locked> = (tx: Tx) => Promise<Locked>;
/** Where a statement may run in a transaction or on its own. */
export type Executor = Db | Tx;

/** Connections of a pool at one moment. */
export interface PoolLoad {
  readonly busy: number;
  readonly idle: number;
  /** Callers that wait for a connection. */
  readonly awaited: number;
}

export interface Database {
  readonly db: Db;
  load(): PoolLoad;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  readonly url: string;
  /** Connections at most. */
  readonly max: number;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  /** What its connections work as; without it as what they log in. */
  readonly role?: Role;
  readonly log: Logger;
  /** Sees the text of every statement; for tests that count them. */
  readonly onStatement?: (text: string) => void;
  /** Hears the name of every statement that failed, `connect` when there was no connection for it. */
  readonly onFailure?: ((name: string) => void) | undefined;
  /** For a process whose statements look rows up by keys: see `joinByKey`. */
  readonly joinsByKey?: boolean;
  /** For a process whose statements have many texts, of which some are frequent: see `createStatementNames`. */
  readonly namesStatements?: boolean;
  /** Other limits than the usual ones. */
  readonly limits?: Readonly<Partial<Record<keyof typeof apiLimits, number>>>;
}

/**
 * Nothing waits for ever: not a statement, not a lock, not a transaction whose client went silent. They are start-up
 * parameters, so they hold from the first statement; PgBouncer needs them in `ignore_startup_parameters` and set on the role.
 */
export const sessionLimits = {
  statement_timeout: 15_000,
  lock_timeout: 5_000,
  idle_in_transaction_session_timeout: 5_000,
  connectionTimeoutMillis: 5_000,
  keepAlive: true,
  keepAliveInitialDelayMillis: 5_000,
} as const;

/**
 * For a process that answers people: whoever waits for a connection or a lock is told within 2 s that the database is not available, and
 * tries again; a reply that does not come at all is given up after 5 s.
 */
export const apiLimits = {
  connectionTimeoutMillis: 1_400,
  lock_timeout: 1_400,
  statement_timeout: 4_500,
  query_timeout: 5_000,
} as const;

/** How soon the server notices a client that was killed in the middle of a statement, and frees its locks. */
const CLIENT_CHECK = '500ms';

/**
 * Asks the server to look, while a statement of this session runs or waits, whether its client is still there. Not a start-up parameter:
 * a server that does not know the setting, or cannot look, would refuse the connection. It then goes without.
 */
export async function noticeDeadClient(client: pg.ClientBase): Promise<void> {
  await client
    .query(`/* noticeDeadClient */ set client_connection_check_interval = '${CLIENT_CHECK}'`)
    .catch(() => undefined);
}

/**
 * Joins look up row by row. A plan is kept for the life of a connection, and one made while a table was small reads all of it (measured: 0.9 ms
 * instead of 0.1 to advance one of 400 jobs); joins of the engine have a few keys on one side and an index on the other.
 */
async function joinByKey(client: pg.ClientBase): Promise<void> {
  await client
    .query('/* joinByKey */ set enable_hashjoin = off; set enable_mergejoin = off')
    .catch(() => undefined);
}

export function openDatabase(options: DatabaseOptions): Database {
  const { role } = options;
  const { pool, over } = openPool(options);
  const db = over(role === undefined ? pool : createLender(pool, { role, workspaceId: null }), pool);
  return { db, close: () => pool.end(), load: () => loadOf(pool) };
}

/** A pool, and what makes a `Db` of connections that it lends. */
export interface OpenPool {
  readonly pool: pg.Pool;
  over(lender: Lender, family: object): Db;
}

export function openPool(options: DatabaseOptions): OpenPool {
  const { url, max, applicationName, log, onStatement, onFailure } = options;
  const pool = new pg.Pool({
    connectionString: url,
    max,
    application_name: applicationName,
    idleTimeoutMillis: 30_000,
    // A reply that never comes (half-open connection) must end too; above statement_timeout, which answers first.
    query_timeout: 20_000,
    // Statements of one connection are sent without waiting for the answer to the one before; they still run one after the other.
    pipeline: true,
    ...sessionLimits,
    ...options.limits,
  });
  // An idle connection that breaks is reported here; without a listener it would end the process.
  // While the pool ends its connections, the server may be quicker to end them, which is nothing to tell of.
  pool.on('error', (error) => {
    if (!pool.ending) log.warn({ err: error }, 'idle database connection lost');
  });
  // One that a transaction holds may break between two statements: the pool does not listen then. The next statement tells.
  pool.on('connect', (client) => client.on('error', () => undefined));
  // First of all statements, and sent together with the next ones. A connection without these settings is not used.
  pool.on('connect', (client) => void prepareSession(client).catch(() => cut(client)));
  // Before the failures of statements are listened to: a refusal is none. The statement that opened the connection follows at once.
  pool.on('connect', (client) => void noticeDeadClient(client));
  if (options.joinsByKey === true) pool.on('connect', (client) => void joinByKey(client));
  if (options.namesStatements === true) {
    const nameOf = createStatementNames();
    pool.on('connect', (client) => nameStatements(client, nameOf));
  }
  pool.on('connect', (client) => onRejected(client, 'query', (error) => rememberCause(client, error)));
  if (onFailure !== undefined) reportFailures(pool, onFailure);
  const logger = onStatement === undefined ? false : { logQuery: onStatement };
  function over(lender: Lender, family: object): Db {
    const db = drizzle(lender as pg.Pool, { logger });
    const lockedTransaction: Db['lockedTransaction'] = (lock, work) =>
      transact(lender, (client) => drizzle(client, { logger }) as unknown as Tx, lock, work);
    const transaction = <T>(work: (tx: Tx) => Promise<T>) => lockedTransaction(nothing, work);
    return Object.assign(db, { transaction, lockedTransaction, family });
  }
  return { pool, over };
}

/** Ends a connection at once: the statements that wait on it fail. */
function cut(client: pg.PoolClient): void {
  const { connection } = client as unknown as {
    readonly connection?: { readonly stream: { destroy(): void } };
  };
  connection?.stream.destroy();
}

export function loadOf({ totalCount, idleCount, waitingCount }: pg.Pool): PoolLoad {
  return { busy: totalCount - idleCount, idle: idleCount, awaited: waitingCount };
}

/** Hears of the failures of a method; the method itself and its answers are left as they are. */
function onRejected(
  target: object,
  method: 'query' | 'connect',
  hear: (error: unknown, first: unknown) => void,
): void {
  const call = Reflect.get(target, method).bind(target) as (...args: unknown[]) => unknown;
  Reflect.set(target, method, (...args: unknown[]) => {
    const answer = call(...args);
    if (answer instanceof Promise) answer.catch((error: unknown) => hear(error, args[0]));
    return answer;
  });
}

/** Listens to the answers of the pool and of the connections that transactions hold. */
function reportFailures(pool: pg.Pool, onFailure: (name: string) => void): void {
  const report = (_error: unknown, statement: unknown) => onFailure(statementName(statement));
  onRejected(pool, 'query', report);
  onRejected(pool, 'connect', () => onFailure('connect'));
  pool.on('connect', (client) => onRejected(client, 'query', report));
}

/** The first failure of the transaction that holds a connection. */
const causes = new WeakMap<object, unknown>();

function rememberCause(client: object, error: unknown): void {
  if (!causes.has(client)) causes.set(client, error);
}

/**
 * Statements that were sent behind a refused one fail too, with "current transaction is aborted", and of several awaited together such
 * a one may be heard of first. Why the transaction failed, and whether it may be tried again, only the first says.
 */
function causeOf(client: object, error: unknown): unknown {
  return databaseErrorCode(error) === '25P02' ? (causes.get(client) ?? error) : error;
}

/** The name that a statement carries in its first comment. */
function statementName(statement: unknown): string {
  const text = typeof statement === 'string' ? statement : String(Object(statement).text);
  return /^\s*\/\* (\w+) \*\//.exec(text)?.[1] ?? /^\s*(\w+)/.exec(text)?.[1]?.toLowerCase() ?? 'unnamed';
}

/**
 * Replaces drizzle's own, which begins before its `try`: a BEGIN that fails keeps its connection for ever, and after as many
 * as the pool holds nothing runs any more. It also gives a connection back whose statement was never answered.
 */
async function transact<Locked, T>(
  pool: Lender,
  toTx: (client: pg.PoolClient) => Tx,
  lock: Lock<Locked>,
  work: (tx: Tx, locked: Locked) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  causes.delete(client);
  const statements = endable(client);
  const tx = toTx(statements.client);
  const end = (text: 'commit' | 'rollback') => {
    const ended = tx.execute(sql.raw(text)).execute();
    statements.end();
    return ended;
  };
  let usable = false;
  try {
    try {
      // Waited for before anything is written: if it alone were cancelled, each statement behind it would be a transaction of its own.
      const [, locked] = await Promise.all([
        tx.execute(sql`begin isolation level read committed`).execute(),
        lock(tx),
      ]);
      const result = await work(tx, locked);
      const { command } = await end('commit');
      // COMMIT of a transaction in which a statement failed rolls back and reports no error.
      if (command !== 'COMMIT') throw new Error(`the transaction ended with ${command}`);
      usable = true;
      return result;
    } catch (failure) {
      const error = causeOf(client, failure);
      if (!connectionLost(error)) {
        usable = await end('rollback').then(
          () => true,
          () => false,
        );
      }
      throw error;
    }
  } finally {
    client.release(!usable);
  }
}

/**
 * The connection of one transaction. After `end`, it rejects every statement. When one branch of a `Promise.all` fails in this process, the other
 * branches still run. Their statements would run outside of the transaction, or within the next transaction that uses the connection.
 */
function endable(client: pg.PoolClient): { readonly client: pg.PoolClient; end(): void } {
  let ended = false;
  const query = (...args: unknown[]): unknown =>
    ended
      ? Promise.reject(new Error('The transaction of this statement has ended.'))
      : (client.query as (...all: unknown[]) => unknown)(...args);
  return {
    client: Object.create(client, { query: { value: query } }) as pg.PoolClient,
    end: () => {
      ended = true;
    },
  };
}

const nothing = () => Promise.resolve();

const TRIES = 4;

/**
 * One transaction. It is run again, with jitter, only for errors after which it certainly rolled back (deadlock,
 * serialisation failure, a constraint that another transaction won); a lost connection may have committed, so its caller decides. A constraint that
 * a client can violate is thrown as the UserError of `constraintMeanings`.
 */
export async function inTransaction<T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> {
  return tryAgain(() => db.transaction(work));
}

/**
 * As `inTransaction`, with first statements that are sent along with BEGIN, which saves a round trip. They must change nothing but locks: if
 * BEGIN alone were cancelled they would run outside of any transaction, and `work` is not begun.
 */
export async function inLockedTransaction<Locked, T>(
  db: Db,
  lock: Lock<Locked>,
  work: (tx: Tx, locked: Locked) => Promise<T>,
): Promise<T> {
  return tryAgain(() => db.lockedTransaction(lock, work));
}

async function tryAgain<T>(run: () => Promise<T>): Promise<T> {
  for (let round = 1; ; round += 1) {
    try {
      return await run();
    } catch (error) {
      if (round === TRIES || !(certainlyRolledBack(error) || lostRace(error))) throw explainViolation(error);
      await delay(Math.random() * 20 * 2 ** round);
    }
  }
}
