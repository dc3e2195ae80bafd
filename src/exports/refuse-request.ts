import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Access, limitKeyOf } from '../access.ts';
import { isTransient } from '../db/retry.ts';
import type { ErrorCode } from '../error-codes.ts';
import { ForbiddenError, ItemError, NotFoundError, UserError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { createQuota } from '../rates/quota.ts';
import { rateHeaders } from '../rates/rate.ts';
import { OutOfPointsError } from './charge-rows.ts';
import type { HttpStatus } from './statuses.ts';

/** The client holds as many open requests of this kind as it may; it may try again. */
export class TooManyOpenError extends Error {
  override readonly name = 'TooManyOpenError';
}

export interface OpenLimits {
  readonly ofKey: number;
  readonly ofWorkspace: number;
  readonly ofNode: number;
}

/**
 * Counts open requests of one kind: how many a key, a workspace and all clients of this node hold. The last place of the node is for a workspace that
 * holds none, so that a few workspaces together do not take all. `what` names them, in the plural.
 */
export function createOpenCounter(what: string, limits: OpenLimits) {
  const kinds = ['ofKey', 'ofWorkspace', 'ofNode'] as const;
  const quotas = {
    ofKey: createQuota(limits.ofKey),
    ofWorkspace: createQuota(limits.ofWorkspace),
    ofNode: createQuota(limits.ofNode),
  };
  /** Counts one until its response is closed. Throws TooManyOpenError. */
  return function countOpen(access: Access, response: ServerResponse): void {
    const owners = { ofKey: limitKeyOf(access), ofWorkspace: access.workspaceId, ofNode: '' };
    const full = kinds.find((kind) => quotas[kind].isFull(owners[kind]));
    if (full !== undefined) {
      const of = { ofKey: 'of a key', ofWorkspace: 'of a workspace', ofNode: 'of all clients' }[full];
      throw new TooManyOpenError(`At most ${limits[full]} ${what} ${of} run at a time; try again.`);
    }
    if (quotas.ofWorkspace.held(access.workspaceId) > 0 && quotas.ofNode.held('') >= limits.ofNode - 1)
      throw new TooManyOpenError(
        `All places for ${what} but the last one are taken, which is for another workspace; try again.`,
      );
    const leave = kinds.map((kind) => quotas[kind].take(owners[kind]));
    const leaveAll = () => {
      for (const stop of leave) stop?.();
    };
    if (response.closed) leaveAll();
    else response.once('close', leaveAll);
  };
}

export function refuse(
  response: ServerResponse,
  status: HttpStatus,
  code: ErrorCode,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    ...(status === 429 || status === 503 ? { 'retry-after': '1' } : {}),
    ...headers,
  });
  response.end(JSON.stringify({ error: { code, message } }));
}

/**
 * A page of a site that is not allowed sent the request. A link or a form of another site may not send one with the credential of the user who opens
 * it; `ALLOWED_ORIGINS` may.
 */
export type IsOfOtherSite = (request: IncomingMessage) => boolean;

/** The client may do it, but not now. */
export const isForNow = (error: unknown): boolean =>
  error instanceof OutOfPointsError || error instanceof TooManyOpenError;

export function codeOf(error: unknown): ErrorCode {
  if (error instanceof UserError) return error.code;
  return isTransient(error) || isOfReader(error) ? 'UNAVAILABLE' : 'INTERNAL';
}

/** A reader process was too slow or ended; the next try may be served. */
const isOfReader = (error: unknown) => error instanceof ItemError && error.transient;

/** Before the head a response; after it the connection is cut, which every client notices: the last chunk is missing. `what` names the request. */
export function fail(
  response: ServerResponse,
  error: unknown,
  what: string,
  correlationId: string,
  log: Logger,
): void {
  // The client has left and does not get the refusal, which is no fault of the server.
  if (response.destroyed && (error instanceof UserError || error instanceof OutOfPointsError)) return;
  if (response.headersSent || response.destroyed) {
    log.warn({ err: error }, `${what} was cut off`);
    response.destroy();
    return;
  }
  if (error instanceof OutOfPointsError) {
    const retryAfter = String(Math.max(1, Math.ceil(error.retryAfterMs / 1_000)));
    refuse(response, 429, 'RATE_LIMITED', error.message, {
      'retry-after': retryAfter,
      ...rateHeaders(error.state),
    });
    return;
  }
  if (error instanceof TooManyOpenError) {
    refuse(response, 429, 'LIMIT_EXCEEDED', error.message);
    return;
  }
  if (error instanceof UserError) {
    const status = error instanceof NotFoundError ? 404 : error instanceof ForbiddenError ? 403 : 400;
    refuse(response, status, error.code, error.message);
    return;
  }
  log.error({ err: error, correlationId }, `${what} failed`);
  if (isOfReader(error))
    refuse(response, 503, 'UNAVAILABLE', `The file could not be read at the moment (${correlationId}).`);
  else if (isTransient(error))
    refuse(response, 503, 'UNAVAILABLE', `The database is not available at the moment (${correlationId}).`);
  else refuse(response, 500, 'INTERNAL', `Unexpected error (correlation id ${correlationId}).`);
}
