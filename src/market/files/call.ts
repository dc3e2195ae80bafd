import { ItemError, type ItemErrorCode } from '../../errors.ts';
import type { CandleRequest } from '../source.ts';
import type { PackedSeries } from './pack-series.ts';
import type { ParsedFile } from './report-file.ts';

/** What a worker or API process asks of a reader process. */
export type ReadCall =
  | { readonly type: 'LIST'; readonly folder: string }
  | { readonly type: 'LOAD'; readonly folder: string; readonly request: CandleRequest }
  | { readonly type: 'PARSE'; readonly name: string; readonly bytes: Uint8Array; readonly newestDay: string };

export interface ReadResults {
  /** Tickers that have a file, in order. */
  readonly LIST: readonly string[];
  readonly LOAD: PackedSeries;
  readonly PARSE: ParsedFile;
}

/** The first message of a reader process: from now on it can read. */
export const READY = 'READY';

/** What a reader process sends back. An error loses its class between processes. */
export type ReadReply =
  | { readonly value: ReadResults[keyof ReadResults] }
  | { readonly code: ItemErrorCode; readonly message: string; readonly detail: string | null };

/** What the call is about, for messages. */
export function subjectOf(call: ReadCall): string {
  switch (call.type) {
    case 'LIST':
      return 'The folder of CSV_DIR';
    case 'LOAD':
      return `${call.request.ticker}.csv`;
    case 'PARSE':
      return call.name;
  }
}

export function toReply(run: () => ReadResults[keyof ReadResults]): ReadReply {
  try {
    return { value: run() };
  } catch (error) {
    if (error instanceof ItemError) {
      const { code, message, detail } = error;
      return { code, message, detail };
    }
    return { code: 'INTERNAL', message: String(error), detail: null };
  }
}

/** The value of a reply. Throws the ItemError that the reader process sent. */
export function fromReply(reply: ReadReply): ReadResults[keyof ReadResults] {
  if ('value' in reply) return reply.value;
  const { code, message, detail } = reply;
  // A fault of ours: its text is for the log and not for clients.
  if (code === 'INTERNAL') throw new Error(`a reader process failed: ${message}`);
  throw new ItemError(code, message, detail === null ? {} : { detail });
}
