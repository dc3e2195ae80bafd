import { setTimeout as delay } from 'node:timers/promises';
import { GraphQLError } from 'graphql';
import { currentOwner } from '../jobs/own-work.ts';
import type { Logger } from '../logger.ts';
import { exitProcess } from './exit-process.ts';

export interface Shutdown {
  /**
   * Registers what has to be stopped; the last registered stops first. The signal aborts when time is up. What is
   * registered while the process is stopping is stopped too.
   */
  onStop(name: string, stop: (signal: AbortSignal) => Promise<unknown>): void;
  /** Stops everything, once; later calls wait for the same end. */
  stop(reason: string): Promise<void>;
  /** Logs what went wrong, stops everything and ends the process with exit code 1. */
  fail(reason: string, error?: unknown): Promise<never>;
  /** True from the first request to stop. */
  readonly stopping: boolean;
}

interface Part {
  readonly name: string;
  readonly stop: (signal: AbortSignal) => Promise<unknown>;
}

/**
 * After the abort a part that still does not end is left behind: all have this long together, above PostgreSQL's own 3 s, and each that comes
 * later a moment. With the usual time for draining a process ends within 15 s whatever hangs.
 */
const ABORTED_MS = 3_500;
const MOMENT_MS = 250;

/**
 * Two steps: the first SIGINT, SIGTERM or SIGHUP drains; the second one or the end of `drainMs` stops waiting for work
 * under way, and a further signal ends the process on the spot.
 *
 * An unhandled rejection in the work of an item ends the attempt of that item, and the process goes on: nobody waited for that work,
 * so nothing else depends on it. Any other unhandled rejection stops the process, because a loop of the engine may have ended. An
 * uncaught exception always stops it: it may have left shared state half changed. What the process held is rescued by others.
 *
 * Not so the second error of a list in an operation: graphql-js has answered
 * with the first one and forgets the promises of the other items, and no document may stop the process that others are served by.
 */
export function createShutdown(deps: { readonly log: Logger; readonly drainMs: number }): Shutdown {
  const { log, drainMs } = deps;
  const parts: Part[] = [];
  const hurry = new AbortController();
  let endsAt = Number.POSITIVE_INFINITY;
  hurry.signal.addEventListener('abort', () => {
    endsAt = performance.now() + ABORTED_MS;
  });
  let stopping: Promise<void> | null = null;

  async function stopPart({ name, stop }: Part): Promise<void> {
    const ended = new AbortController();
    try {
      await Promise.race([stop(hurry.signal), refuseAfterAbort(hurry.signal, () => endsAt, ended.signal)]);
    } catch (error) {
      log.error({ err: error, part: name }, 'did not stop cleanly');
      process.exitCode = 1;
    } finally {
      ended.abort();
    }
  }

  async function stopAll(reason: string): Promise<void> {
    log.info({ reason }, 'stopping');
    const timer = setTimeout(() => hurry.abort(), drainMs);
    for (let part = parts.pop(); part !== undefined; part = parts.pop()) await stopPart(part);
    clearTimeout(timer);
    log.info('stopped');
  }

  const stop = (reason: string) => {
    stopping ??= stopAll(reason);
    return stopping;
  };

  async function fail(reason: string, error?: unknown): Promise<never> {
    log.fatal(error === undefined ? {} : { err: error }, reason);
    process.exitCode = 1;
    await stop(reason);
    exitProcess();
  }

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (stopping === null) void stop(signal).then(() => exitProcess());
      else if (hurry.signal.aborted) exitProcess(1);
      else hurry.abort();
    });
  }
  process.on('uncaughtException', (error) => {
    // The attempt ends with the process, so that the item cannot end one process after the other.
    failOwner(error, 'uncaughtException');
    void fail('uncaughtException', error);
  });
  process.on('unhandledRejection', (error) => {
    if (error instanceof GraphQLError) log.error({ err: error }, 'another part of an answer failed, too');
    else if (!failOwner(error, 'unhandledRejection')) void fail('unhandledRejection', error);
  });

  /** Fails the item that an error belongs to. Returns false when it belongs to none. */
  function failOwner(error: unknown, event: string): boolean {
    const owner = currentOwner();
    if (owner === null) return false;
    const { jobId, ticker, attempt } = owner;
    log.error({ err: error, event, jobId, ticker, attempt }, 'an item left an error that nobody handled');
    owner.fail(error);
    return true;
  }

  return {
    onStop: (name, stopPart) => void parts.push({ name, stop: stopPart }),
    stop,
    fail,
    get stopping() {
      return stopping !== null;
    },
  };
}

/** Rejects when the time after the abort is over; never settles when the part has ended before. */
async function refuseAfterAbort(
  hurry: AbortSignal,
  endsAt: () => number,
  ended: AbortSignal,
): Promise<never> {
  if (!hurry.aborted) {
    await new Promise<void>((resolve) => hurry.addEventListener('abort', () => resolve(), { signal: ended }));
  }
  const leftMs = Math.max(endsAt() - performance.now(), MOMENT_MS);
  await delay(leftMs, undefined, { signal: ended }).catch(() => new Promise<never>(() => undefined));
  throw new Error('it was still busy when the time after the abort was over');
}
