import { CloseCode } from 'graphql-ws';
import type { CodeText } from '../error-codes.ts';

interface ClosingCode extends CodeText {
  readonly code: number;
}

/** Why the server closes a websocket. graphql-ws and ws send some of the codes themselves. docs/errors.md is written from this record. */
export const closeCodes = {
  /** RFC 6455's registry: "Policy Violation". */
  TOO_MANY_FRAMES: {
    code: 1008,
    happened: 'A message had too many frames, or a frame arrived in too many pieces.',
    action: 'Send each message in one frame.',
    retry: 'no',
  },
  TOO_BIG: {
    code: 1009,
    happened: 'A message of the client exceeds 64 KiB.',
    action: 'Send shorter documents and variables.',
    retry: 'no',
  },
  /** RFC 6455's registry: "Service Restart"; a client reconnects at once, to another node. */
  RESTART: {
    code: 1012,
    happened: 'The API node stops or restarts.',
    action: 'Connect again and continue each subscription after its last cursor.',
    retry: 'yes',
  },
  /** "Try Again Later". 4429 "too many requests" would be final for the clients of graphql-ws. */
  TRY_AGAIN: {
    code: 1013,
    happened:
      'The client reads too slowly, does not respond to pings or sends too many messages, or the server is short of memory or cannot reach the database.',
    action: 'Connect again after a pause and continue each subscription after its last cursor.',
    retry: 'after a pause',
  },
  BAD_REQUEST: {
    code: CloseCode.BadRequest,
    happened: 'A message is not valid JSON or does not follow the protocol `graphql-transport-ws`.',
    action: 'Correct the client.',
    retry: 'no',
  },
  /** The client of graphql-ws gives up and reports it, because another try cannot succeed. */
  UNAUTHORIZED: {
    code: CloseCode.Unauthorized,
    happened: 'The client sent no credential, or subscribed before the connection was acknowledged.',
    action: 'Send `{"authorization":"Bearer <key or token>"}` with `connection_init`.',
    retry: 'no',
  },
  /** Clients of graphql-ws ask for new parameters and connect again; after 4401 they would give up. */
  FORBIDDEN: {
    code: CloseCode.Forbidden,
    happened:
      'The credential is invalid, has expired or was revoked, or too many invalid credentials came from this address.',
    action: 'Connect again with a valid credential, for example a new access token.',
    retry: 'after a pause',
  },
  NO_SUBPROTOCOL: {
    code: CloseCode.SubprotocolNotAcceptable,
    happened: 'The client did not offer the subprotocol `graphql-transport-ws`.',
    action: 'Offer this subprotocol.',
    retry: 'no',
  },
  INIT_TIMEOUT: {
    code: CloseCode.ConnectionInitialisationTimeout,
    happened: 'The client did not send `connection_init` in time.',
    action: 'Connect again and send `connection_init` first.',
    retry: 'yes',
  },
  ID_IN_USE: {
    code: CloseCode.SubscriberAlreadyExists,
    happened: 'Two operations of the socket that run at the same time have the same id.',
    action: 'Give each operation an id of its own.',
    retry: 'no',
  },
  TWO_INITS: {
    code: CloseCode.TooManyInitialisationRequests,
    happened: 'The client sent `connection_init` more than once.',
    action: 'Send `connection_init` once per socket.',
    retry: 'no',
  },
  INTERNAL: {
    code: CloseCode.InternalServerError,
    happened: 'The server has a defect. Its log has the cause.',
    action: 'Connect again after a pause.',
    retry: 'after a pause',
  },
} as const satisfies Record<string, ClosingCode>;
