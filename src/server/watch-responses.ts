import type { ServerResponse } from 'node:http';
import type { Logger } from '../logger.ts';
import { createProgress, type Look } from './progress.ts';

export interface ResponseWatch {
  /** Looks after a response until it is closed or forgotten. */
  watch(response: ServerResponse): void;
  forget(response: ServerResponse): void;
  stop(): void;
}

/** How often responses are looked at within `stallMs`. */
const LOOKS = 8;

/**
 * Cuts off responses whose clients do not read: who takes fewer than `leastBytes` for `stallMs` while something waits. One timer looks at all
 * responses, because a timer for each would cost more than most of them.
 */
export function createResponseWatch(options: {
  readonly stallMs: number;
  readonly leastBytes: number;
  /** What the client does wrong, for the log. */
  readonly fault: string;
  /** What is seen of the connection of a response; without it, what the client has not taken. */
  readonly look?: (response: ServerResponse) => Omit<Look, 'now'>;
  readonly log: Logger;
}): ResponseWatch {
  const { stallMs, leastBytes, fault, look = lookAt, log } = options;
  const open = new Map<ServerResponse, (look: Look) => boolean>();

  const looking = setInterval(() => {
    const now = performance.now();
    for (const [response, isStalled] of open) {
      if (!isStalled({ ...look(response), now })) continue;
      log.info({ bufferedBytes: response.writableLength }, `${fault}; cut off`);
      response.destroy();
    }
  }, stallMs / LOOKS);
  looking.unref();

  return {
    watch(response) {
      open.set(response, createProgress(stallMs, leastBytes));
      response.once('close', () => open.delete(response));
    },
    forget: (response) => void open.delete(response),
    stop: () => clearInterval(looking),
  };
}

/**
 * `bytesWritten` counts what waits in the socket, too. A response that waits for those before it on its connection has no socket yet: the client
 * reads it when it reads them, so that the socket of the request tells.
 */
function lookAt(response: ServerResponse): Omit<Look, 'now'> {
  const socket = response.socket ?? response.req.socket;
  return {
    waits: response.writableLength > 0 || socket.writableLength > 0,
    taken: socket.bytesWritten - socket.writableLength,
  };
}
