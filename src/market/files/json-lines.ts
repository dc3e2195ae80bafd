import { readHeader } from './header.ts';
import { refuse } from './refusal.ts';
import type { Row } from './split-rows.ts';

type Line = Readonly<Record<string, unknown>>;

/** Whether a text is JSON Lines of bars: the first line that is not empty is a JSON object whose names are those of prices. */
export function isJsonLines(text: string): boolean {
  const [first = ''] = text.trimStart().split(/\r?\n|\r/, 1);
  const object = parseObject(first);
  return object !== null && readHeader({ line: 1, cells: Object.keys(object) }) !== null;
}

/** The objects as rows below a row of all their names. A line that is not empty and no object is refused. */
export function splitJsonLines(text: string): Row[] {
  const lines: { readonly line: number; readonly object: Line }[] = [];
  for (const [i, raw] of text.split(/\r\n|\n|\r/).entries()) {
    if (raw.trim() === '') continue;
    const object = parseObject(raw);
    if (object === null)
      return refuse('BAD_JSON', 'The line is no JSON object.', 'Write one object on each line.', {
        line: i + 1,
        cell: raw.trim(),
      });
    lines.push({ line: i + 1, object });
  }
  const names = [...new Set(lines.flatMap(({ object }) => Object.keys(object)))];
  const header = { line: lines[0]?.line ?? 1, cells: names };
  return [
    header,
    ...lines.map(({ line, object }) => ({ line, cells: names.map((name) => toCell(object, name)) })),
  ];
}

function parseObject(text: string): Line | null {
  if (!text.trimStart().startsWith('{')) return null;
  try {
    return JSON.parse(text) as Line;
  } catch {
    return null;
  }
}

/** A number of JSON has a decimal point and no thousands; a nested value is a cell that no column can read. */
function toCell(object: Line, name: string): string {
  const value = Object.hasOwn(object, name) ? object[name] : null;
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value).trim();
}
