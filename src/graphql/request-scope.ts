import { AsyncLocalStorage } from 'node:async_hooks';

const requests = new AsyncLocalStorage<{ readonly requestId: string }>();

/** Runs what belongs to a request: an error that it masks carries the request's id. */
export function inRequest<T>(request: { readonly requestId: string }, work: () => T): T {
  return requests.run(request, work);
}

/** Of the request; of what belongs to none, such as an execution that many share, a new one. */
export function correlationId(): string {
  return requests.getStore()?.requestId ?? crypto.randomUUID();
}
