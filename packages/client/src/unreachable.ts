/** Errors of a connection that did not come to be. */
const BEFORE_SENDING = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

interface Fault {
  readonly code?: unknown;
  readonly cause?: unknown;
  /** Of an address with several numbers, one for each. */
  readonly errors?: readonly unknown[];
}

/** Whether a failed `fetch` has certainly sent nothing. A browser does not say, so false there. */
export function wasNeverSent(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, cause, errors } = error as Fault;
  if (errors !== undefined && errors.length > 0) return errors.every(wasNeverSent);
  return BEFORE_SENDING.has(String(code)) || wasNeverSent(cause);
}
