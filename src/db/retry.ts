/** SQLSTATE or Node's error code of the fault beneath the wrappers of drizzle and pg. */
export function databaseErrorCode(error: unknown): string | null {
  for (let inner = error; inner instanceof Error; inner = inner.cause) {
    if ('code' in inner && typeof inner.code === 'string') return inner.code;
  }
  return null;
}

/** Name of the constraint that refused a row, or null. */
export function violatedConstraint(error: unknown): string | null {
  for (let inner = error; inner instanceof Error; inner = inner.cause) {
    if ('constraint' in inner && typeof inner.constraint === 'string') return inner.constraint;
  }
  return null;
}

const rolledBack = new Set(['40001', '40P01']);

/** Deadlock and serialisation failure: PostgreSQL undid the whole transaction and asks to run it again. */
export function certainlyRolledBack(error: unknown): boolean {
  return rolledBack.has(databaseErrorCode(error) ?? '');
}

const transientCodes = new Set([
  ...rolledBack,
  '25006', // read-only: the server was demoted; a new connection finds the primary
  '25P03', // idle-in-transaction timeout
  '53100', // disk full
  '53200', // out of memory
  '53300', // too many connections
  '55P03', // lock timeout
  '57014', // statement timeout
  '57P01', // administrator's shutdown
  '57P02', // crash shutdown
  '57P03', // cannot connect now
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
]);

/** pg reports these without a code. */
const transientMessages =
  /connection terminated|timeout exceeded when trying to connect|query read timeout|client has encountered a connection error|connection error and is not queryable/i;

/**
 * True when the connection is gone, its last statement was never answered, or its server was demoted: nothing more may be sent over it.
 */
export function connectionLost(error: unknown): boolean {
  const code = databaseErrorCode(error);
  return isTransient(error) && (code === null || /^(E|08|57P0|25P03|25006)/.test(code));
}

/** True when the same work may succeed later without a change: the database was unreachable, busy or restarting. */
export function isTransient(error: unknown): boolean {
  const code = databaseErrorCode(error);
  if (code !== null) return transientCodes.has(code) || code.startsWith('08');
  for (let inner = error; inner instanceof Error; inner = inner.cause) {
    if (transientMessages.test(inner.message)) return true;
  }
  return false;
}

/** The server has cancelled the statement at its time limit: it is there, but this work is too much for it, or waits for a lock. */
export function statementTimedOut(error: unknown): boolean {
  return databaseErrorCode(error) === '57014';
}

/** A text or JSON value holds U+0000, which PostgreSQL's types do not: the caller's fault, whichever statement met it. */
export function isUnstorable(error: unknown): boolean {
  return ['22021', '22P05'].includes(databaseErrorCode(error) ?? '');
}

/** A table or a column of the statement is not there: a migration of a newer version has removed it while this process still runs. */
function isOtherSchema(error: unknown): boolean {
  return ['42703', '42P01'].includes(databaseErrorCode(error) ?? '');
}

/** One of the rows that the statement touched may have caused it, so that the statement may succeed on the others. */
export function isRowFault(error: unknown): boolean {
  return !isTransient(error) && !isOtherSchema(error);
}
