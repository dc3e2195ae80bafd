import { parse } from 'csv-parse/sync';
import { refuse } from './refusal.ts';

export interface Row {
  /** Of the file, from 1. */
  readonly line: number;
  /** Trimmed. */
  readonly cells: readonly string[];
}

/** Rows of a text with a separator, without empty ones. */
export function splitRows(text: string, separator: string, from = 1): Row[] {
  const lines = text.includes('\r') ? text.replaceAll(/\r\n?/g, '\n') : text;
  const rows = isBlank(separator)
    ? splitBlanks(lines, separator, from)
    : lines.includes('"')
      ? splitQuoted(lines, separator, from)
      : splitPlain(lines, separator, from);
  return rows.filter(({ cells }) => cells.some((cell) => cell !== ''));
}

/** Separators of aligned columns: one blank or more, or two or more. */
export const BLANK = ' ';
export const BLANKS = '  ';
const isBlank = (separator: string) => separator === BLANK || separator === BLANKS;

/** Cells of a line that blanks or another separator part. Quotes hold cells together between blanks alone. */
export function cellsOf(line: string, separator: string): string[] {
  if (separator === BLANKS) return line.trim().split(/\s{2,}|\t/);
  if (separator === BLANK)
    return Array.from(line.matchAll(/"([^"]*)"|[^\s"]+/g), ([all, quoted]) => (quoted ?? all).trim());
  return line.split(separator).map((cell) => cell.trim());
}

function splitBlanks(text: string, separator: string, from: number): Row[] {
  return text.split('\n').map((line, i) => ({ line: from + i, cells: cellsOf(line, separator) }));
}

/** Without quotes a separator is one wherever it stands. */
function splitPlain(text: string, separator: string, from: number): Row[] {
  // Most files: to trim each cell takes as long as to split them.
  const isTrimmed = !/[^\S\n]/.test(text);
  return text.split('\n').map((line, i) => {
    const cells = line.split(separator);
    return { line: from + i, cells: isTrimmed ? cells : cells.map((cell) => cell.trim()) };
  });
}

interface Parsed {
  readonly info: { readonly lines: number };
  readonly record: string[];
}

function splitQuoted(text: string, separator: string, from: number): Row[] {
  try {
    const parsed = parse(text, {
      delimiter: separator,
      info: true,
      relax_column_count: true,
      relax_quotes: true,
      trim: true,
    }) as unknown as Parsed[];
    let before = 0;
    return parsed.map(({ info: { lines }, record }) => {
      // `lines` is the last line of the record; a quoted cell may span several.
      const line = from + before;
      before = lines;
      const [whole = '', ...more] = record;
      // Some programs quote the whole line.
      const isLine = more.length === 0 && whole.includes(separator);
      return { line, cells: isLine ? cellsOf(whole.replaceAll('"', ''), separator) : record };
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return refuse('BAD_CSV', `The file is no CSV file: ${reason}.`, 'Export it again, or remove the quotes.');
  }
}
