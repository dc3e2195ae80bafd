/** Why no socket comes to be, as far as a request to the same address can tell. */
export type Diagnosis =
  | Rejection
  /** The API responds to requests, or nothing responds: another try may help. */
  | { readonly status: 'retrying'; readonly reason: string };

export interface Rejection {
  readonly status: 'signedOut' | 'refused';
  readonly reason: string;
  readonly code: 'UNAUTHENTICATED' | 'FORBIDDEN' | 'WRONG_ADDRESS';
  /** Status of the HTTP response. */
  readonly httpStatus: number;
}

/**
 * Asks the API over HTTP. A browser says nothing about a socket that it could not open: a wrong address, a proxy that passes no websockets and
 * a server that is down look the same. Never rejects.
 */
export async function diagnose(
  address: string,
  init: () => Promise<RequestInit>,
  limitMs: number,
  closed: AbortSignal,
): Promise<Diagnosis> {
  const signal = AbortSignal.any([closed, AbortSignal.timeout(limitMs)]);
  try {
    const response = await fetch(address.replace(/^ws/, 'http'), { ...(await init()), signal });
    return judge(response.status, await response.text(), address);
  } catch {
    return { status: 'retrying', reason: 'The server cannot be reached.' };
  }
}

/** What a response to the query of `__typename` says about the API. */
export function judge(httpStatus: number, text: string, address: string): Diagnosis {
  if (httpStatus >= 500 || httpStatus === 429)
    return { status: 'retrying', reason: `The server responds with ${httpStatus}.` };
  const errors = errorsOf(text);
  const [error] = errors ?? [];
  const code = error?.extensions?.code;
  if (httpStatus === 401 || code === 'UNAUTHENTICATED') {
    const reason = error?.message ?? 'The server does not accept the key.';
    return { status: 'signedOut', reason, code: 'UNAUTHENTICATED', httpStatus };
  }
  if (httpStatus === 403 || code === 'FORBIDDEN') {
    const reason = error?.message ?? 'The server does not accept this client.';
    return { status: 'refused', reason, code: 'FORBIDDEN', httpStatus };
  }
  if (errors === null || httpStatus === 404) {
    const reason = `There is no GraphQL API at ${address} (HTTP ${httpStatus}).`;
    return { status: 'refused', reason, code: 'WRONG_ADDRESS', httpStatus };
  }
  return { status: 'retrying', reason: 'The API responds to requests, but no websocket can be opened.' };
}

interface ResponseError {
  readonly message?: string;
  readonly extensions?: { readonly code?: string };
}

/** The errors of a GraphQL response, which may be none; null when the text is no GraphQL response. */
function errorsOf(text: string): readonly ResponseError[] | null {
  try {
    const body = JSON.parse(text) as { readonly data?: unknown; readonly errors?: unknown } | null;
    if (Array.isArray(body?.errors)) return body.errors as ResponseError[];
    return typeof body?.data === 'object' ? [] : null;
  } catch {
    return null;
  }
}
