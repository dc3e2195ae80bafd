import type { Logger } from '../logger.ts';

export interface Shutdown {
  /** Registers what has to be stopped; the last registered stops first. The signal aborts when time is up. */
  onStop(name: string, stop: (signal: AbortSignal) => Promise<unknown>): void;
  /** Stops everything, once; later calls wait for the same end. */
  stop(reason: string): Promise<void>;
}

/**
 * Two steps: the first SIGINT or SIGTERM drains, the second one or the end of `drainMs` stops waiting for work under way. An unexpected
 * error stops the process too: what it held is rescued by others, and a half-dead process helps nobody.
 */
export function createShutdown(deps: { readonly log: Logger; readonly drainMs: number }): Shutdown {
  const { log, drainMs } = deps;
  const stops: { readonly name: string; readonly stop: (signal: AbortSignal) => Promise<unknown> }[] = [];
  const hurry = new AbortController();
  let stopping: Promise<void> | null = null;

  async function stopAll(reason: string): Promise<void> {
    log.info({ reason }, 'stopping');
    const timer = setTimeout(() => hurry.abort(), drainMs);
    for (const { name, stop } of stops.reverse()) {
      try {
        await stop(hurry.signal);
      } catch (error) {
        log.error({ err: error, part: name }, 'did not stop cleanly');
        process.exitCode = 1;
      }
    }
    clearTimeout(timer);
    log.info('stopped');
  }

  const stop = (reason: string) => {
    stopping ??= stopAll(reason);
    return stopping;
  };

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stopping === null) void stop(signal).then(() => process.exit());
      else hurry.abort();
    });
  }
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      log.fatal({ err: error }, event);
      process.exitCode = 1;
      void stop(event).then(() => process.exit());
    });
  }
  return { onStop: (name, stop) => void stops.push({ name, stop }), stop };
}
