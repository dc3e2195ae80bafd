import type { Warning } from '../../quant/analyze.ts';
import { isJsonLines } from './json-lines.ts';
import { refuse } from './refusal.ts';
import { countColumns } from './table.ts';
import { unpack } from './unpack.ts';

export interface Decoded {
  /** Without a byte-order mark. */
  readonly text: string;
  readonly assumptions: readonly Warning[];
}

/** Encodings before Unicode, most likely first. */
const legacy = [
  'windows-1252',
  'gb18030',
  'shift_jis',
  'euc-kr',
  'windows-1251',
  'big5',
  'windows-1250',
  'windows-1254',
  'macintosh',
] as const;
/** Of these the encoding is chosen. */
const SAMPLE_BYTES = 8_000;
const SAVE_AS = 'Save it as CSV in UTF-8.';

/**
 * The text of a price file: UTF-8, UTF-16 with or without a byte-order mark, or where the bytes are not UTF-8 the encoding before
 * Unicode in which the header can be read.
 * Refuses what is no text, and texts of another kind: web pages, and JSON that is not one object per line.
 */
export function decode(file: Uint8Array): Decoded {
  const { bytes, format } = unpack(file);
  const encoding = encodingOf(bytes);
  const text = new TextDecoder(encoding).decode(bytes);
  if (text.includes('\0')) refuse('NOT_CSV', 'The file is no text: it contains zero bytes.', SAVE_AS);
  refuseOtherTexts(text);
  const assumptions: Warning[] = [];
  if (format !== null)
    assumptions.push({ code: 'COMPRESSED', message: `The file is compressed (${format}).` });
  if (encoding !== 'utf-8') assumptions.push({ code: 'ENCODING', message: `The encoding is ${encoding}.` });
  return { text, assumptions };
}

function encodingOf(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) {
    if (bytes[2] === 0 && bytes[3] === 0) refuse('NOT_CSV', 'The encoding is UTF-32.', SAVE_AS);
    return 'utf-16le';
  }
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  // Of digits and commas in UTF-16 every second byte is zero; some Chinese letters have a zero on the other side.
  const start = bytes.subarray(0, 2_000);
  const zeros = (parity: number) => start.filter((byte, i) => byte === 0 && i % 2 === parity).length;
  const [even, odd] = [zeros(0), zeros(1)];
  if (odd > start.length / 4 && even < odd / 8) return 'utf-16le';
  if (even > start.length / 4 && odd < even / 8) return 'utf-16be';
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return 'utf-8';
  } catch {
    return legacyEncodingOf(bytes);
  }
}

/** The encoding in which the header names the most columns; Windows-1252 where others name no more. */
function legacyEncodingOf(bytes: Uint8Array): string {
  const start = bytes.subarray(0, SAMPLE_BYTES);
  const counts = legacy.map((encoding) => countColumns(new TextDecoder(encoding).decode(start)));
  return legacy[counts.indexOf(Math.max(...counts))] ?? 'windows-1252';
}

function refuseOtherTexts(text: string): void {
  const start = text.slice(0, 1_000).trimStart();
  if (start === '') refuse('EMPTY', 'The file is empty.', 'Export it again.');
  if (/^<(!doctype|html|head|body|\?xml|script|meta|table)\b/i.test(start)) {
    const title = /<(?:title|body)[^>]*>([^<]{1,80})/i.exec(start)?.[1]?.trim();
    const said = title === undefined || title === '' ? '' : ` It says: ${JSON.stringify(title)}.`;
    const why = `The file is a web page, not a CSV file.${said}`;
    refuse('NOT_CSV', why, 'Download the data again; the site may want a login or a pause.', { line: 1 });
  }
  if (/^[[{]/.test(start) && !isJsonLines(text)) {
    const cure =
      'Export it as CSV, or as JSON Lines: one object with date, open, high, low and close on each line.';
    refuse('NOT_CSV', 'The file is JSON, not a CSV file.', cure, { line: 1 });
  }
}
