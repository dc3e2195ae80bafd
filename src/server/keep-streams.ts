import type { ServerResponse } from 'node:http';
import type { GraphQLError } from 'graphql';
import { limitAddressOf } from '../client-address.ts';
import type { Logger } from '../logger.ts';
import { createQuota, type Quota } from '../rates/quota.ts';
import { closeEvenly } from './close-evenly.ts';
import { tooMuch } from './rejections.ts';
import { createResponseWatch } from './watch-responses.ts';

/** The open streams of server-sent events of a node. */
export interface Streams {
  /** Why there is no room for a stream of this address and key; null: there is. */
  refuse(address: string, key: string): GraphQLError | null;
  /** Keeps a response until it is closed. Returns why there is no room for it; null: there is. */
  open(response: ServerResponse, address: string, key: string): GraphQLError | null;
  /** Cuts the streams off evenly over a bounded time; the abort cuts off the rest at once. A stream that begins later is cut off at once. */
  close(signal: AbortSignal): Promise<void>;
}

/**
 * Streams are counted with the websockets of their address, and per key. A stream whose client takes nothing for `stallMs` is cut off: it would
 * hold what was written to it.
 */
export function createStreams(options: {
  /** Connections of an address, websockets included. */
  readonly connections: Quota;
  readonly perKey: number;
  readonly stallMs: number;
  readonly log: Logger;
}): Streams {
  const { connections, perKey, stallMs, log } = options;
  const ofKeys = createQuota(perKey);
  const open = new Set<ServerResponse>();
  const watching = createResponseWatch({
    stallMs,
    leastBytes: 1,
    fault: 'a client does not read its stream',
    log,
  });
  let closing = false;

  function refuse(address: string, key: string): GraphQLError | null {
    if (connections.isFull(limitAddressOf(address)))
      return tooMany(
        'This address holds too many websockets and streams of events; close one, or try again later.',
      );
    if (ofKeys.isFull(key))
      return tooMany(`A key holds at most ${perKey} streams of events at a time on one API node.`);
    return null;
  }

  return {
    refuse,
    open(response, address, key) {
      // A `complete` would say that the log is over: a client that finds its connection cut connects again.
      if (closing) response.destroy();
      if (response.closed || response.destroyed) return null;
      const refusal = refuse(address, key);
      if (refusal !== null) return refusal;
      const leave = [connections.take(limitAddressOf(address)), ofKeys.take(key)];
      open.add(response);
      watching.watch(response);
      response.once('close', () => {
        open.delete(response);
        for (const stop of leave) stop?.();
      });
      return null;
    },
    async close(signal) {
      closing = true;
      await closeEvenly([...open], (response) => response.destroy(), signal);
      watching.stop();
    },
  };
}

const tooMany = (message: string) => tooMuch(message, 10);
