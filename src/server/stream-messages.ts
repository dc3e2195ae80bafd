import type { ServerResponse } from 'node:http';
import { type ExecutionResult, GraphQLError } from 'graphql';
import type { Admitted } from '../access/admission.ts';
import type { Payload } from '../execution/payload.ts';
import { iterate } from '../execution/receive-messages.ts';
import type { Join } from '../execution/share-executions.ts';

const CREDENTIAL_ENDED: ExecutionResult = {
  errors: [
    new GraphQLError('The credential of this subscription is no longer valid.', {
      extensions: { code: 'UNAUTHENTICATED' },
    }),
  ],
};

/**
 * A message with the `id` by which a client that has lost its connection says where to continue (`Last-Event-ID`). yoga writes `data: ` and then what
 * `stringify` returns; the fields of an event may come in any order, and a JSON text has no line breaks.
 */
function withEventId({ result, eventId }: Payload): ExecutionResult {
  if (eventId === null) return result;
  const stringify = (shown: ExecutionResult) => `${JSON.stringify(shown)}\nid: ${eventId}`;
  return { ...result, stringify } as ExecutionResult;
}

/**
 * The messages of a subscription over HTTP. They end when the connection closes, and when the credential ends: the last message reports that.
 * The session stops observing the credential when the connection closes; otherwise every stream that a client ever opened would be checked
 * with the open ones. A client may have closed its connection while the server prepared the subscription.
 */
export function streamMessages(
  join: Join,
  { admitted, res }: { readonly admitted: Pick<Admitted, 'onEnd'>; readonly res: ServerResponse },
) {
  const { messages, cut } = iterate(join, withEventId);
  const stopObserving = admitted.onEnd(() => cut(CREDENTIAL_ENDED));
  const end = () => {
    stopObserving();
    void messages.return();
  };
  if (res.closed || res.destroyed) end();
  else res.once('close', end);
  return messages;
}
