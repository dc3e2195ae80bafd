import { InvalidInputError } from './errors.ts';

/** Controls, formats (directions, zero-width characters), line separators and halves of a surrogate pair: they make two names look alike. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
/** Zero-width joiners that an emoji is made of: before a pictograph, after one or its variation selector or skin tone. */
const EMOJI_JOINER =
  /(?<=\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f)\u200d(?=\p{Extended_Pictographic})/gu;
/** Scripts whose spelling needs joiners: the letters of a word take another shape around one. */
const JOINING_SCRIPTS = [
  ...[
    'Arabic',
    'Syriac',
    'Mandaic',
    'Mongolian',
    'Nko',
    'Phags_Pa',
    'Devanagari',
    'Bengali',
    'Gurmukhi',
    'Gujarati',
  ],
  ...[
    'Oriya',
    'Tamil',
    'Telugu',
    'Kannada',
    'Malayalam',
    'Sinhala',
    'Khmer',
    'Myanmar',
    'Tibetan',
    'Balinese',
  ],
].map((script) => `\\p{Script_Extensions=${script}}`);
const LETTER = `(?:(?=[${JOINING_SCRIPTS.join('')}])[\\p{L}\\p{M}])`;
/** A zero-width joiner or non-joiner between two such letters, as in Persian "می‌خواهم". */
const LETTER_JOINER = new RegExp(`(?<=${LETTER})[\\u200c\\u200d](?=${LETTER})`, 'gu');
/** The flag of a region, as that of Scotland: a black flag, the code of the region in tag characters, and the tag that ends it. */
const REGION_FLAG = /\u{1f3f4}[\u{e0030}-\u{e0039}\u{e0061}-\u{e007a}]{3,6}\u{e007f}/gu;
/** Takes no room on the screen, or shows nothing: spaces, fillers, joiners, variation selectors, an empty Braille cell. */
const INVISIBLE = /[\s\p{Default_Ignorable_Code_Point}\u2800]/gu;
/** As above, but tag characters: they tell flags apart. Spaces and Braille cells are part of a name. */
const IGNORED = /(?![\u{e0020}-\u{e007f}])\p{Default_Ignorable_Code_Point}/gu;

/**
 * A name without the spaces around it. Throws InvalidInputError when it is empty, longer than `max` code points, has control or invisible format
 * characters, or shows nothing.
 */
export function parseName(text: string, max: number): string {
  const name = text.trim();
  if (name.length === 0 || [...name].length > max)
    throw new InvalidInputError('name', `name must have 1 to ${max} characters.`);
  requireVisible('name', name);
  if (name.replace(INVISIBLE, '') === '')
    throw new InvalidInputError('name', 'name must have a visible character.');
  return name;
}

/** A description of one line, which may be empty. Throws InvalidInputError when it is longer than `max` code points or has hidden characters. */
export function parseDescription(text: string, max: number): string {
  if ([...text].length > max)
    throw new InvalidInputError('description', `description must have at most ${max} characters.`);
  requireVisible('description', text);
  return text;
}

function requireVisible(field: string, text: string): void {
  const plain = text.replace(EMOJI_JOINER, '').replace(LETTER_JOINER, '').replace(REGION_FLAG, '');
  if (HIDDEN.test(plain))
    throw new InvalidInputError(field, `${field} must not contain control or invisible format characters.`);
}

/**
 * What names are compared by, and what searches look for: equal for names that differ in case, in compatibility forms (full width, ligatures) or
 * in characters that show nothing. It is computed here and stored, because `lower()` of a database depends on its locale.
 *
 * NFKC and full case folding of Unicode, by the case mappings of JavaScript, which do not depend on a locale: lower, upper, lower, since some letters
 * have a capital that only the lower case leads to (ẞ, ß, SS, ss). It differs from Unicode's table in one letter: the dotless ı equals i.
 */
export function foldName(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .replaceAll('ς', 'σ')
    .replace(IGNORED, '')
    .normalize('NFKC')
    .trim();
}
