import type { Warning } from '../../quant/analyze.ts';
import { decodeCp850 } from './cp850.ts';
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
  'euc-jp',
  'koi8-r',
  'cp850',
  'ibm866',
  'windows-1253',
  'windows-1255',
  'windows-1256',
  'windows-1257',
  'windows-874',
  'iso-8859-2',
] as const;
/** Of these the encoding is chosen. */
const SAMPLE_BYTES = 8_000;
const AGAIN = 'Download the data again; the site may want a login, a key or a pause.';
const LONGEST_JSON = 10_000;
const LONGEST_MESSAGE = 120;
const SAVE_AS = 'Save it as CSV in UTF-8.';

/**
 * The text of a price file: UTF-8, UTF-16 with or without a byte-order mark, or where the bytes are not UTF-8 the encoding before
 * Unicode in which the header can be read.
 * Refuses what is no text, and texts of another kind: web pages, and JSON that is not one object per line.
 */
export function decode(file: Uint8Array): Decoded {
  const { bytes, format } = unpack(file);
  const encoding = encodingOf(bytes);
  const text = decodeAs(encoding, bytes);
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
  const counts = legacy.map((encoding) => countColumns(decodeAs(encoding, start)));
  return legacy[counts.indexOf(Math.max(...counts))] ?? 'windows-1252';
}

const decodeAs = (encoding: string, bytes: Uint8Array) =>
  encoding === 'cp850' ? decodeCp850(bytes) : new TextDecoder(encoding).decode(bytes);

/** How pages and parts of them begin, behind comments. */
const webPage =
  /^(?:<!--[\s\S]*?(?:-->\s*|$))*(?:<(?:!doctype html|html|head|body|\?xml[^>]*>\s*<(?:!doctype html|html)|script|noscript|style|title|meta|link|table|tbody|thead|tr|td|div|span|center|font|form|iframe|h[1-6]|p|pre|br|hr|a|b|img|section|main)\b|(?<=<!--[\s\S]*)$)/i;

function refuseOtherTexts(text: string): void {
  const start = text.slice(0, 1_000).trimStart();
  if (start === '') {
    const why =
      text === ''
        ? 'The file is empty: it has no bytes.'
        : `The file is empty: it has ${text.length} blanks and no text.`;
    refuse('EMPTY', why, 'Export the prices again, and send the file when it is complete.', { line: 1 });
  }
  if (webPage.test(start)) {
    const title = /<(?:title|body)[^>]*>([^<]{1,80})/i.exec(start)?.[1]?.trim();
    const said = title === undefined || title === '' ? '' : ` It says: ${JSON.stringify(title)}.`;
    const why = `The file is a web page, not a CSV file.${said}`;
    refuse('NOT_CSV', why, AGAIN, { line: 1 });
  }
  // Trading programs write names of columns in angle brackets.
  if (/^<\?xml/i.test(start) || (/^<[a-z][^>]*>/i.test(start) && text.includes('</'))) {
    const said = /<(?:message|error|description|title|p)\b[^>]*>([^<]{1,80})/i.exec(start)?.[1]?.trim();
    const why = `The file is XML, not a CSV file.${said === undefined ? '' : ` It says: ${JSON.stringify(said)}.`}`;
    refuse('NOT_CSV', why, AGAIN, { line: 1 });
  }
  if (/^[[{]/.test(start) && !isJsonLines(text)) {
    const said = messageOf(text);
    if (said !== null) {
      const why = `The file is JSON with a message, not a CSV file. It says: ${JSON.stringify(said)}.`;
      refuse('NOT_CSV', why, AGAIN, { line: 1 });
    }
    const cure =
      'Export it as CSV, or as JSON Lines: one object with date, open, high, low and close on each line.';
    refuse('NOT_CSV', 'The file is JSON, not a CSV file.', cure, { line: 1 });
  }
}

/** The first sentence or word of a JSON object of an error, under a name such as `message`, else any; null: there is none. */
function messageOf(text: string): string | null {
  if (text.length > LONGEST_JSON) return null;
  const texts: { readonly name: string; readonly value: string }[] = [];
  try {
    JSON.parse(text, (name, value: unknown) => {
      if (typeof value === 'string' && value !== '') texts.push({ name, value });
      return value;
    });
  } catch {
    return null;
  }
  const found = texts.find(({ name }) =>
    /message|error|detail|note|information|reason|description/i.test(name),
  );
  return found?.value.slice(0, LONGEST_MESSAGE) ?? null;
}
