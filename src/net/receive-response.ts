import type { ClientRequest, IncomingMessage } from 'node:http';

/** Informational responses (1xx) that a request accepts before its response. Each costs time of the event loop, and servers send one or two. */
export const MAX_INFORMATIONAL = 8;

/**
 * Calls `read` with the response to a request, at once when its head has arrived, and settles as `read` does. Rejects when there is no response to
 * read: the connection failed or was closed, the server switched protocols (101) or sent too many informational responses, or the signal aborted. Node reports an abort of a request whose
 * connection is closed already, or has been upgraded, with no event of the request.
 */
export function receiveResponse<Result>(
  request: ClientRequest,
  signal: AbortSignal,
  read: (response: IncomingMessage) => Promise<Result>,
): Promise<Result> {
  const { promise, resolve, reject } = Promise.withResolvers<Result>();
  const abort = () => reject(signal.reason as Error);
  let hasResponse = false;
  request.on('response', (response) => {
    hasResponse = true;
    read(response).then(resolve, reject);
  });
  request.on('error', reject);
  let informational = 0;
  request.on('information', () => {
    informational += 1;
    if (informational === MAX_INFORMATIONAL + 1)
      request.destroy(
        noResponse(
          'TOO_MANY_INFORMATIONAL',
          `the server sent more than ${MAX_INFORMATIONAL} informational responses`,
        ),
      );
  });
  request.on('upgrade', (_response, socket) => {
    socket.destroy();
    reject(noResponse('UNEXPECTED_UPGRADE', 'the server switched protocols'));
  });
  request.on('close', () => {
    if (!hasResponse) reject(noResponse('CLOSED', 'the connection was closed before the response'));
  });
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  return promise.finally(() => signal.removeEventListener('abort', abort));
}

function noResponse(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
