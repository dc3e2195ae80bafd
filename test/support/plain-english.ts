/** Everyday words for which the field has a term, with the term to write. Words in `code` and in CAPITALS are names and not looked at. */
const TERMS: readonly (readonly [RegExp, string])[] = [
  [/\b(ring|rings|rung|hear|hears|heard|hint|hints)\b/i, 'notify, notification'],
  [/\b(tell|tells|told)\b/i, 'report, return, contain'],
  [/\b(answer|answers|answered)\b/i, 'response, respond, return'],
  [/\b(whoever|somebody|anybody)\b/i, 'a client that …'],
  [/\b(door|guest|let in)\b/i, 'authenticator, admit, session'],
  [/\b(refuse|refuses|refused|refusal|refusals)\b/i, 'reject, error'],
  [/\bfor ever\b/i, 'indefinitely, never expires'],
  [/\b(gone|is away)\b/i, 'unavailable, removed'],
  [/\ban access\b/i, 'session, credential, principal'],
  [/\bitems that wait\b(?! for)/i, 'queued items'],
  [/\b(owe|owes)\b/i, 'need'],
  [/\bwalls?\b/i, 'isolation layer'],
  [/\bbehind (a|the|this|that) (cursor|batch|page)\b|\bbehind `/i, 'after a cursor'],
  [/\b(surprise|absorb|absorbs)\b/i, 'unsupported, handle'],
  [/\bmade[- ]up\b/i, 'synthetic'],
  [/\bheed\b/i, 'respect'],
  [/\bunder way\b/i, 'running, not finished'],
];

const FEWEST_WORDS = 4;
const MOST_WORDS = 25;
/** A page may have a list in a sentence or a cell. */
const MOST_WORDS_OF_PAGE = 40;
/** At the beginning of a text: a pronoun whose noun is elsewhere. */
const PRONOUN =
  /^(It|Its|It’s|They|Their|Them|Those|These|Whose|Who|Same|(This|That) (is|was|has|may|can|will|must|one))\b/;
/** At the beginning of a sentence of a page: a clause in the place of a noun. */
const CLAUSE = /^(What|Who|Whatever) .*[^?]$/;
/** At the beginning of a sentence: the second half of one whose first half is the name of the field. */
const HEADLESS = /^(Of|By) /;

/** What is wrong with a text that clients read; empty when nothing is. */
export function faultsOf(text: string): string[] {
  const faults = termsIn(text);
  if (wordsIn(text) < FEWEST_WORDS) faults.push(`fewer than ${FEWEST_WORDS} words`);
  if (PRONOUN.test(text)) faults.push(`"${text.split(' ', 2).join(' ')} …" has no noun`);
  for (const sentence of sentencesOf(text)) {
    if (HEADLESS.test(sentence)) faults.push(`"${sentence.split(' ', 2).join(' ')} …" has no noun`);
    if (wordsIn(sentence) > MOST_WORDS) faults.push(`more than ${MOST_WORDS} words: ${sentence}`);
  }
  return faults;
}

/** What is wrong with a page in Markdown; empty when nothing is. Blocks of code, comments and titles of tests (in italics) are not looked at. */
export function pageFaultsOf(page: string): string[] {
  return blocksOf(page).flatMap((block) => [
    ...termsIn(block).map((fault) => `${fault}: ${block.slice(0, 120)}`),
    ...sentencesOf(block.replace(/`[^`]*`/g, 'code'))
      .filter((sentence) => wordsIn(sentence) > MOST_WORDS_OF_PAGE)
      .map((sentence) => `more than ${MOST_WORDS_OF_PAGE} words: ${sentence}`),
    ...sentencesOf(block)
      .filter((sentence) => /[.;]$/.test(sentence) && CLAUSE.test(sentence))
      .map((sentence) => `a clause in the place of a noun: ${sentence}`),
  ]);
}

/** Paragraphs, entries of lists, headings and cells of tables, each on one line. */
function blocksOf(page: string): string[] {
  const prose = page
    .replace(/^ *```.*?^ *```/gms, '')
    .replace(/<!--.*?-->/gs, '')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1');
  return prose
    .split(/\n(?=\s*\n|\s*(?:[-*]|\d+\.) |[|#])|(?<=^#.*)\n/m)
    .flatMap((block) => (block.trim().startsWith('|') ? block.split('|') : [block]))
    .map((block) =>
      block
        .replace(/(?<![*\w])\*(?!\*)[^*]+\*(?!\*)/g, 'title')
        .replace(/\s+/g, ' ')
        .trim(),
    )
    .filter((block) => block !== '');
}

function termsIn(text: string): string[] {
  const prose = text.replace(/`[^`]*`/g, 'code').replace(/\b[A-Z][A-Z0-9_]+\b/g, 'NAME');
  return TERMS.flatMap(([pattern, term]) => {
    const found = pattern.exec(/cursor|behind/.test(pattern.source) ? text : prose);
    return found === null ? [] : [`"${found[0]}": write ${term}`];
  });
}

/** Parts up to a full stop, and those of a list up to a semicolon. */
function sentencesOf(text: string): string[] {
  return text
    .replace(/"at least n of"/g, 'list')
    .split(/(?<=[.;:!?])\s+/)
    .filter((sentence) => sentence !== '');
}

function wordsIn(text: string): number {
  return text.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
}
