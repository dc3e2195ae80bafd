import { setTimeout as delay } from 'node:timers/promises';
import { type Db, inTransaction } from '../db/client.ts';
import type { Logger } from '../logger.ts';
import type { AnalysisDetails } from './analysis.ts';
import { lockUnfilled, lockUnlined, updateFigures, updateLines } from './figure.store.ts';
import { figuresIn } from './figures.ts';
import { linesOf } from './lines.ts';
import { unpack } from './packing.ts';

/** Some ten milliseconds of work, while the rows are locked. */
const BATCH = 500;
/** Room for others between two batches. */
const PAUSE_MS = 50;
/** A process of the version before may store more of them during an upgrade. */
const EVERY_MS = 300_000;

/**
 * Stores the figures of results that an earlier version stored without them, from their details, so that exports and rankings have what is known: the
 * close, the average volume and, of the latest results, the lines of the indicators. Each batch is a transaction of its own that takes what is not filled: a process that
 * dies, or several at once, change nothing but when the work is done.
 */
export function fillFigures(deps: { readonly db: Db; readonly log: Logger }): { stop(): Promise<void> } {
  const { db, log } = deps;
  const stopping = new AbortController();
  const pause = (ms: number) =>
    delay(ms, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);

  async function pass(): Promise<void> {
    let filled = 0;
    // The latest first: rankings show them.
    for (const fill of [fillLines, fillBatch])
      for (let batch = BATCH; batch === BATCH && !stopping.signal.aborted; filled += batch) {
        batch = await fill(db);
        if (batch === BATCH) await pause(PAUSE_MS);
      }
    if (filled > 0) log.info({ rows: filled }, 'figures of earlier results stored');
  }

  async function passUntilStopped(): Promise<void> {
    while (!stopping.signal.aborted) {
      await pass().catch((error: unknown) =>
        log.warn({ err: error }, 'filling figures failed; trying again later'),
      );
      await pause(EVERY_MS * (0.75 + Math.random() / 2));
    }
  }

  const passing = passUntilStopped();
  return {
    async stop() {
      stopping.abort();
      await passing;
    },
  };
}

/** Returns how many results were filled. */
export async function fillBatch(db: Db, limit = BATCH): Promise<number> {
  return inTransaction(db, async (tx) => {
    const rows = await lockUnfilled(tx, limit);
    if (rows.length > 0)
      await updateFigures(
        tx,
        rows.map(({ id, body }) => ({ id, figures: figuresIn(detailsIn(body)) })),
      );
    return rows.length;
  });
}

/** Returns how many latest results got their lines. */
export async function fillLines(db: Db, limit = BATCH): Promise<number> {
  return inTransaction(db, async (tx) => {
    const rows = await lockUnlined(tx, limit);
    if (rows.length > 0)
      await updateLines(
        tx,
        rows.map(({ id, body }) => ({ id, lines: linesOf(detailsIn(body).readings ?? []) })),
      );
    return rows.length;
  });
}

/** A body that cannot be read leaves its result without figures, and the others with theirs. */
function detailsIn(body: Uint8Array | null): Partial<AnalysisDetails> {
  try {
    return body === null ? {} : (unpack(body) as Partial<AnalysisDetails>);
  } catch {
    return {};
  }
}
