import { once } from 'node:events';
import { createServer, connect as dial, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * What a link does to its bytes. STALLED: nothing passes, everything flows again later, as TCP does after dropped packets.
 * DEAF: requests pass, replies are lost. DELAYED and SLICED change when and in how many pieces bytes arrive, never which.
 */
export type LinkMode =
  | { readonly type: 'OPEN' }
  | { readonly type: 'STALLED' }
  | { readonly type: 'DEAF' }
  | { readonly type: 'DELAYED'; readonly ms: number }
  | { readonly type: 'SLICED'; readonly bytes: number };

export interface TcpProxy {
  readonly port: number;
  /** Where new connections go; null refuses them. */
  aim(port: number | null): void;
  setMode(mode: LinkMode): void;
  /** Every connection ends with a TCP reset. */
  reset(): void;
  /** Connections of this moment carry nothing any more and neither side hears of it, not even of a close. New ones work. */
  abandon(): void;
  /** Back to OPEN; abandoned connections and those that lost replies are reset. */
  heal(): void;
  close(): Promise<void>;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  abandoned: boolean;
  deaf: boolean;
}

/** A TCP proxy on the loopback interface between one process and what it talks to. */
export async function startProxy(target: number | null = null): Promise<TcpProxy> {
  const pairs = new Set<Pair>();
  let aimed = target;
  let mode: LinkMode = { type: 'OPEN' };
  let changed = Promise.withResolvers<void>();

  function setMode(next: LinkMode): void {
    mode = next;
    changed.resolve();
    changed = Promise.withResolvers();
    if (next.type === 'DEAF') for (const pair of pairs) pair.deaf = true;
  }

  function reset(only: (pair: Pair) => boolean): void {
    for (const pair of pairs) {
      if (!only(pair)) continue;
      pairs.delete(pair);
      pair.client.resetAndDestroy();
      pair.server.resetAndDestroy();
    }
  }

  async function pump(pair: Pair, from: Socket, to: Socket, isReply: boolean): Promise<void> {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      if (mode.type === 'DELAYED') await delay(mode.ms);
      while (mode.type === 'STALLED' && !pair.abandoned) await changed.promise;
      if (pair.abandoned || (isReply && pair.deaf)) continue;
      if (mode.type === 'SLICED') await writeSliced(to, chunk, mode.bytes);
      else if (!to.write(chunk)) await once(to, 'drain');
    }
    if (!pair.abandoned) to.end();
  }

  const server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
    client.on('error', () => undefined);
    if (aimed === null) {
      client.resetAndDestroy();
      return;
    }
    const upstream = dial({ port: aimed, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    const pair: Pair = { client, server: upstream, abandoned: false, deaf: mode.type === 'DEAF' };
    pairs.add(pair);
    for (const [near, far] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      near.on('error', () => !pair.abandoned && far.destroy());
      near.on('close', () => {
        if (pair.abandoned) return;
        pairs.delete(pair);
        far.end();
      });
      pump(pair, near, far, near === upstream).catch(() => !pair.abandoned && far.destroy());
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no port');

  return {
    port: address.port,
    aim(port) {
      aimed = port;
    },
    setMode,
    reset: () => reset((pair) => !pair.abandoned),
    abandon() {
      for (const pair of pairs) pair.abandoned = true;
      setMode(mode);
    },
    heal() {
      setMode({ type: 'OPEN' });
      reset((pair) => pair.abandoned || pair.deaf);
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      reset(() => true);
      await closed;
    },
  };
}

async function writeSliced(to: Socket, chunk: Buffer, bytes: number): Promise<void> {
  for (let at = 0; at < chunk.length; at += bytes) {
    to.write(chunk.subarray(at, at + bytes));
    await new Promise((resolve) => setImmediate(resolve));
  }
}
