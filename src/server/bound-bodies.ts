import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Admitted } from '../access/admission.ts';
import { PIECE_BYTES } from '../execution/pieces.ts';
import type { Logger } from '../logger.ts';
import { createByteBudget } from '../rates/budget.ts';
import { tooMuch } from './rejections.ts';
import { createResponseWatch } from './watch-responses.ts';

/** A request whose body is read. */
export interface Sent {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly admitted: Admitted;
}

/** One body that the server reads. */
export interface Reading {
  /** Counts the bytes of the body. Throws a GraphQLError when there is no room for them. */
  hold(bytes: number): void;
  /** The body was read, or reading it has failed. */
  end(): void;
}

export interface Bodies {
  begin(sent: Sent): Reading;
  stop(): void;
}

/** A body of at most so many bytes always has room. */
export const SMALL_BODY_BYTES = PIECE_BYTES;
const FULL =
  'Too many bytes of request bodies are being read; finish the requests that are being sent, or try again later.';
/** Bytes of larger bodies that a node reads at a time. */
const OPEN_BODIES = { perOwner: 16_000_000, total: 64_000_000 };

/**
 * Bounds the memory of request bodies while the server reads them, per workspace and node. A client that sends fewer than 64 KiB for `stallMs`
 * while its body is incomplete is cut off.
 */
export function createBodies({ stallMs, log }: { readonly stallMs: number; readonly log: Logger }): Bodies {
  const budget = createByteBudget(OPEN_BODIES);
  const watching = createResponseWatch({
    stallMs,
    leastBytes: PIECE_BYTES,
    fault: 'a client does not send its body',
    look: ({ req }) => ({ waits: !req.complete, taken: req.socket.bytesRead }),
    log,
  });

  return {
    begin({ req, res, admitted }) {
      let release: (() => void) | null = null;
      // A small body has usually arrived with its head.
      if (!req.complete && !res.closed) watching.watch(res);
      return {
        hold(bytes) {
          if (bytes <= SMALL_BODY_BYTES) return;
          release = budget.take(admitted.access.workspaceId, bytes);
          if (release === null) throw tooMuch(FULL, 5);
        },
        end() {
          watching.forget(res);
          release?.();
        },
      };
    },
    stop: watching.stop,
  };
}
