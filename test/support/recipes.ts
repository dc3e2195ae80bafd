/** A step of a recipe that a machine can perform. */
export type Block =
  | { readonly kind: 'FILE'; readonly file: string; readonly text: string }
  | { readonly kind: 'DIFF'; readonly file: string; readonly text: string }
  | { readonly kind: 'COMMAND'; readonly text: string };

export interface Recipe {
  readonly title: string;
  readonly blocks: readonly Block[];
}

const FENCE = /^( *)```(\w+)\n(.*?)^\1```$/gms;

/** The sections of a page in Markdown whose titles begin with "Add a", and that contain blocks of code; "Add a mutation" has none. */
export function recipesIn(page: string): readonly Recipe[] {
  const sections = page.split(/^## /m).slice(1);
  return sections
    .map((section) => ({
      title: section.slice(0, section.indexOf('\n')),
      blocks: [...section.matchAll(FENCE)].map(([, indent = '', language, body = '']) =>
        blockOf(language ?? '', body.replaceAll(new RegExp(`^${indent}`, 'gm'), '')),
      ),
    }))
    .filter(({ title, blocks }) => /^Add an? /.test(title) && blocks.length > 0);
}

/** Throws for a block that would not be performed. */
function blockOf(language: string, body: string): Block {
  if (language === 'sh') return { kind: 'COMMAND', text: body.trimEnd() };
  const [first = '', ...rest] = body.split('\n');
  const text = rest.join('\n');
  const created = /^\/\/ (\S+\/\S+)$/.exec(first)?.[1];
  if (created !== undefined) return { kind: 'FILE', file: created, text };
  const changed = /^--- (\S+)$/.exec(first)?.[1];
  if (language === 'diff' && changed !== undefined) return { kind: 'DIFF', file: changed, text };
  throw new Error(`The block that begins with "${first}" is no file, no diff and no command.`);
}

/**
 * The text of a file after a block. `before`: null when there is no such file. Hunks of a diff are separated by `@@`; the lines that a hunk keeps or removes
 * must stand in the file exactly once. Throws otherwise.
 */
export function applyBlock(
  block: Exclude<Block, { readonly kind: 'COMMAND' }>,
  before: string | null,
): string {
  if (block.kind === 'FILE') {
    if (before !== null) throw new Error(`${block.file} exists already.`);
    return block.text;
  }
  if (before === null) throw new Error(`There is no ${block.file} to change.`);
  return block.text.split(/^@@\n/m).reduce((text, hunk) => {
    const lines = hunk.replace(/\n$/, '').split('\n');
    const of = (marks: string) =>
      `\n${lines.flatMap((line) => (marks.includes(line[0] ?? ' ') ? [line.slice(1)] : [])).join('\n')}\n`;
    const [old, changed] = [of(' -'), of(' +')];
    const parts = `\n${text}`.split(old);
    if (parts.length !== 2) throw new Error(`${block.file} contains ${parts.length - 1} times:${old}`);
    return parts.join(changed).slice(1);
  }, before);
}
