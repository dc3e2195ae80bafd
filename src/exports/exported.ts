import type { LineFormat } from '../db/line.ts';

/** The formats of a streamed export. */
export const FORMATS: readonly LineFormat[] = ['jsonl', 'csv'];

export interface Chunk {
  /** The lines, each with its end, in parts of a few milliseconds. Each part is made when the iteration reaches it. */
  readonly parts: () => Iterable<string>;
  readonly rows: number;
  /** Everything up to this place has been exported: what `after` goes on from. */
  readonly place: string;
  /** Nothing is behind it. */
  readonly isLast: boolean;
}

/** Something that can be exported chunk by chunk, each in one short statement. */
export interface Exported {
  /** Of the file, without its ending. */
  readonly name: string;
  /** The names of the columns: the first line of a CSV file. */
  readonly columns: readonly string[];
  /** The next rows behind a place, about `size` of them. */
  read(after: string, size: number): Promise<Chunk>;
  /** Where an export without `after` begins. */
  readonly start: string;
}

/** How an export ended, as its last line tells. A file without this line was cut off. */
export interface Ending {
  /** False: the time was up, or the points of the key; `after` goes on. */
  readonly complete: boolean;
  readonly rows: number;
  readonly after: string;
}

/** The first line of a CSV file; none when an export is gone on with, so that the parts make one file. */
export function headerOf(columns: readonly string[]): string {
  return `${columns.join(',')}\r\n`;
}

/** A CSV file tells its end in a record of its own: END in the first column, then complete or cut, rows, after. */
export function endingOf(format: LineFormat, columns: readonly string[], ending: Ending): string {
  if (format === 'jsonl') return `${JSON.stringify({ end: ending })}\n`;
  const cells = ['END', ending.complete ? 'complete' : 'cut', String(ending.rows), quoted(ending.after)];
  return `${[...cells, ...Array(Math.max(0, columns.length - cells.length)).fill('')].join(',')}\r\n`;
}

const quoted = (text: string) => (/^[\w.:-]*$/.test(text) ? text : `"${text.replaceAll('"', '""')}"`);

/** A name for a file: letters, digits, dot, dash and underscore. */
export function safeName(...parts: readonly string[]): string {
  return parts
    .map((part) => part.replace(/[^\w.-]+/g, '-').replace(/^[.-]+/, ''))
    .filter((part) => part !== '')
    .join('_');
}
