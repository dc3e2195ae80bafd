import type { ServerResponse } from 'node:http';
import { type ExecutionResult, GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Admitted } from '../access/admission.ts';
import { limitKeyOf } from '../access.ts';
import type { Context } from '../graphql/context.ts';
import { allowanceOf, rateHeaders } from '../rates/rate.ts';
import type { Responses } from './bound-responses.ts';
import { boundStream } from './bound-streams.ts';
import type { Streams } from './keep-streams.ts';
import { EVENT_STREAM, refuseKind } from './negotiate.ts';
import type { Params } from './persisted.ts';
import type { OnGone, Pipeline } from './pipeline.ts';
import { rejection } from './rejections.ts';
import { streamMessages } from './stream-messages.ts';

/** What the server knows of an HTTP request that it has admitted. */
export interface Requested {
  readonly admitted: Admitted & {
    /** The credential has been revoked or has expired since the headers of the request were read. */
    hasEnded(): boolean;
  };
  readonly address: string;
}

interface Served extends Requested {
  readonly res: ServerResponse;
}

/**
 * HTTP POST, GET and streams of events as transports of the pipeline: yoga reads the parameters of a request and writes the result, and what is
 * between them is the pipeline's.
 */
export function serveRequests(deps: {
  readonly pipeline: Pipeline;
  readonly streams: Streams;
  readonly responses: Pick<Responses, 'mustSend' | 'setBody' | 'forget' | 'refuse' | 'roomOf'>;
  readonly createContext: (requested: Requested, requestId: string | null) => Context;
}): Plugin {
  const { pipeline, streams, responses, createContext } = deps;

  async function serve(params: Params, request: Request, served: Served) {
    const { res, admitted } = served;
    // The body may have arrived long after the headers.
    if (admitted.hasEnded()) return { errors: [credentialEnded()] };
    const context = createContext(served, request.headers.get('x-request-id'));
    const prepared = await pipeline.prepare({
      params,
      context,
      refuseKind: (kind) =>
        refuseKind(kind, request.method, request.headers.get('accept')) ??
        // The messages of a subscription wait until there is room for them.
        (kind === 'subscription' ? null : responses.refuse(context.access.workspaceId)),
      onCharged: () => showRate(context, res),
    });
    if ('errors' in prepared) return prepared;
    if (prepared.operation.kind === 'mutation') responses.mustSend(res);
    if (prepared.operation.kind !== 'subscription') {
      const { result, written } = await pipeline.execute(prepared, onClose(res));
      if (written === null || !isJson(request)) return result;
      responses.setBody(res, written);
      return { ...result, stringify: () => '' };
    }
    const refusal = streams.open(res, served.address, limitKeyOf(context.access));
    if (refusal !== null) return { errors: [refusal] };
    responses.forget(res);
    const resumeAfter = lastEventIdOf(request);
    const opened = await pipeline.subscribe(prepared, resumeAfter);
    if (typeof opened !== 'function') return resumeAfter === null ? opened : doNotRepeat(opened);
    return streamMessages(boundStream(opened, res, responses.roomOf(context.access.workspaceId)), served);
  }

  return {
    onParams({ params, request, context, setParams, setParamsHandler }) {
      // An array is a batch, which yoga rejects.
      if (typeof params !== 'object' || params === null || Array.isArray(params)) return;
      const { documentId, ...others } = params as Params;
      const named = request.method === 'GET' ? new URL(request.url).searchParams.get('documentId') : null;
      // yoga checks the types of the parameters; whether there is a document, the pipeline knows.
      setParams({ ...others, query: others.query ?? '' } as typeof params);
      setParamsHandler(
        ({ params: checked }) =>
          serve(
            { ...(checked as Params), documentId: documentId ?? named },
            request,
            context as unknown as Served,
          ) as never,
      );
    },
  };
}

/**
 * The `id` of the last event that the client has. An EventSource sends the header when it connects again by itself; a client that has kept the id
 * longer puts it into the address, since an EventSource sends no header the first time. The header is the newer one.
 */
function lastEventIdOf({ headers, url }: Request): string | null {
  const given = headers.get('last-event-id') ?? new URL(url).searchParams.get('lastEventId') ?? '';
  return given === '' ? null : given;
}

/** An EventSource connects again after any stream that ends, every few seconds; a status other than 200 ends it. */
function doNotRepeat({ errors = [], ...rest }: ExecutionResult): ExecutionResult {
  const isFinal = ({ extensions }: GraphQLError) =>
    extensions.code === 'INVALID_INPUT' || extensions.code === 'NOT_FOUND';
  const http = { status: 400 };
  const final = (error: GraphQLError) =>
    new GraphQLError(error.message, { path: error.path, extensions: { ...error.extensions, http } });
  return { ...rest, errors: errors.map((error) => (isFinal(error) ? final(error) : error)) };
}

/** The response is JSON, and not an event around it (`single-event.ts`). */
const isJson = ({ headers }: Request) => headers.get('accept') !== EVENT_STREAM;

const credentialEnded = () =>
  rejection(401, 'UNAUTHENTICATED', 'The credential of this request is no longer valid.');

const onClose =
  (response: ServerResponse): OnGone =>
  (listener) => {
    if (response.destroyed) listener();
    response.once('close', listener);
    return () => response.off('close', listener);
  };

/** Tells the caller how much of its allowance is left. */
function showRate({ rates, access }: Context, response: ServerResponse): void {
  const state = rates.stateOf(allowanceOf(access));
  if (state.limit === 0 || response.headersSent) return;
  for (const [name, value] of Object.entries(rateHeaders(state))) response.setHeader(name, value);
}
