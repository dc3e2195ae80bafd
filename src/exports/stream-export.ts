import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { LineFormat } from '../db/line.ts';
import type { Charge } from './charge-rows.ts';
import { type Chunk, type Ending, type Exported, endingOf, headerOf } from './exported.ts';
import { piecesOf } from './pieces.ts';

export interface ExportLimits {
  /** Rows of one statement. */
  readonly chunkRows: number;
  /** After so long an export ends with a line that tells how to go on. */
  readonly totalMs: number;
  /** So long an export waits for points, chunk by chunk; then it ends as one whose time is up. */
  readonly pauseMs: number;
}

/** 2,000 rows are 1.2 MB of JSON, some 30 ms of PostgreSQL. */
export const exportLimits: ExportLimits = {
  chunkRows: 2_000,
  totalMs: 15 * 60_000,
  pauseMs: 10_000,
};

/**
 * Writes an export to a stream. The next chunk is read while the one before is sent, and no further one before the reader has taken it: two chunks
 * are in memory whatever the size of the export and the pace of its reader. Between chunks nothing is held in the database; when the reader goes,
 * the statement under way, a few milliseconds long, is the last. The caller that made the stream closes it when its reader stops. Every chunk but the first, which was paid for, is charged before it is sent; while an export
 * waits for points it holds no connection of the database. Rejects when a chunk cannot be read; the stream is then without its last line.
 */
export async function streamExport(
  out: Writable,
  exported: Exported,
  format: LineFormat,
  from: { readonly first: Chunk; readonly resumed: boolean },
  limits: ExportLimits,
  charge: Charge['goOn'],
): Promise<Ending | null> {
  const gone = new AbortController();
  out.once('close', () => gone.abort());
  // A write to a connection that breaks at this moment; its close is what tells.
  out.on('error', () => undefined);
  if (out.destroyed) return null;
  const until = performance.now() + limits.totalMs;
  let rows = 0;
  let chunk = from.first;
  if (!from.resumed && format === 'csv') out.write(headerOf(exported.columns));
  for (;;) {
    rows += chunk.rows;
    const isOver = chunk.isLast || performance.now() >= until;
    const next = isOver ? null : exported.read(chunk.place, limits.chunkRows);
    // It is awaited below, or the reader has gone and nobody wants to know.
    next?.catch(() => undefined);
    for (const part of chunk.parts()) {
      // The next statement is on its way before this process is busy with the lines, and other requests are served between the parts.
      await setImmediate();
      if (gone.signal.aborted) return null;
      for (const piece of piecesOf(Buffer.from(part))) {
        if (!out.write(piece)) await drained(out, gone.signal);
        if (gone.signal.aborted) return null;
      }
    }
    const following = next === null ? null : await next;
    if (gone.signal.aborted) return null;
    const goesOn = following !== null && (await charge(following.rows, limits.pauseMs, gone.signal));
    if (gone.signal.aborted) return null;
    if (!goesOn) {
      const ending = { complete: chunk.isLast, rows, after: chunk.place };
      out.end(endingOf(format, exported.columns, ending));
      return ending;
    }
    chunk = following;
  }
}

/** Resolves when the stream takes more, and when its reader has gone. */
async function drained(out: Writable, gone: AbortSignal): Promise<void> {
  await once(out, 'drain', { signal: gone }).catch(() => undefined);
}
