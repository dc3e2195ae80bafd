/** A subscription that can go on after a cursor. */
export interface Resumable {
  /** The document with the cursor as a variable and in the result. */
  readonly query: string;
  /** Key of the field in the data. */
  readonly key: string;
  /** Name of the variable that the cursor goes into. */
  readonly variable: string;
  /** Name of the variable of `fromNow`, which is false after a cursor; null when the document has none. */
  readonly fromNow: string | null;
}

/** Fields with a log, by the type of their cursor. Other fields begin with what is the case now, so they need none. */
const CURSORS: Readonly<Record<string, string>> = { jobEvents: 'Int', analysisStored: 'String' };
const OWN_VARIABLE = 'resumeAfter';

interface Token {
  readonly text: string;
  readonly from: number;
  readonly to: number;
  /** How many brackets are open around it. */
  readonly depth: number;
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let depth = 0;
  const pattern = /#[^\n\r]*|"""(?:\\"""|[\s\S])*?"""|"(?:\\.|[^"\\\n])*"|\.\.\.|\$?\w+|[^\s,]/g;
  for (const { 0: found, index } of text.matchAll(pattern)) {
    if (found.startsWith('#')) continue;
    if (/^[)}\]]$/.test(found)) depth -= 1;
    tokens.push({ text: found, from: index, to: index + found.length, depth });
    if (/^[({[]$/.test(found)) depth += 1;
  }
  return tokens;
}

/**
 * How a subscription goes on after a lost connection: null when its field has no cursor. What the document lacks for it, the variable of
 * `after` or the field `cursor`, is added. Throws TypeError when `after` or `fromNow` has a fixed value.
 */
export function resumableOf(text: string): Resumable | null {
  const tokens = tokensOf(text);
  const begin = tokens.findIndex(
    ({ text: word, depth }, i) =>
      depth === 0 && word === 'subscription' && (i === 0 || tokens[i - 1]?.text === '}'),
  );
  const open = tokens.findIndex(({ text: word, depth }, i) => i > begin && depth === 0 && word === '{');
  if (begin < 0 || open < 0) return null;
  const first = tokens[open + 1];
  const hasAlias = tokens[open + 2]?.text === ':';
  const at = hasAlias ? open + 3 : open + 1;
  const field = tokens[at];
  const type = CURSORS[field?.text ?? ''];
  if (first === undefined || field === undefined || type === undefined) return null;

  const set = tokens.findIndex(({ text: word, depth }, i) => i > at && depth === 1 && word === '{');
  const end = tokens.findIndex(({ text: word, depth }, i) => i > set && depth === 1 && word === '}');
  const argumentOf = (name: string): string | null => {
    const i = tokens.findIndex(
      ({ text: word, depth }, n) =>
        n > at && n < set && depth === 2 && word === name && tokens[n + 1]?.text === ':',
    );
    const value = i < 0 ? null : (tokens[i + 2]?.text ?? null);
    if (value !== null && !value.startsWith('$') && value !== 'false')
      throw new TypeError(
        `Give ${name} of ${field.text} as a variable, so that the subscription can go on after a cursor.`,
      );
    return value === 'false' ? null : (value?.slice(1) ?? null);
  };

  const edits: [at: number, text: string][] = [];
  const given = argumentOf('after');
  if (given === null) {
    const declared = tokens.findIndex(
      ({ text: word, depth }, i) => i > begin && i < open && depth === 0 && word === '(',
    );
    const name = tokens[begin + 1]?.text.match(/^\w/) ? tokens[begin + 1] : tokens[begin];
    edits.push(
      declared < 0
        ? [name?.to ?? 0, `($${OWN_VARIABLE}: ${type})`]
        : [tokens[declared]?.to ?? 0, `$${OWN_VARIABLE}: ${type} `],
    );
    const hasArguments = tokens[at + 1]?.text === '(';
    const argument = `after: $${OWN_VARIABLE}`;
    edits.push(hasArguments ? [tokens[at + 1]?.to ?? 0, `${argument} `] : [field.to, `(${argument})`]);
  }
  const hasCursor = tokens.some(
    ({ text: word, depth }, i) =>
      i > set &&
      i < end &&
      depth === 2 &&
      word === 'cursor' &&
      tokens[i + 1]?.text !== ':' &&
      tokens[i - 1]?.text !== ':',
  );
  if (!hasCursor) edits.push([tokens[set]?.to ?? 0, ' cursor']);

  const query = edits.reduceRight(
    (edited, [index, added]) => edited.slice(0, index) + added + edited.slice(index),
    text,
  );
  return { query, key: first.text, variable: given ?? OWN_VARIABLE, fromNow: argumentOf('fromNow') };
}
