import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvalidInputError } from '../../src/errors.ts';
import { foldName, parseDescription, parseName } from '../../src/name.ts';

const scotland = '\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}';

test.each([
  ...['Tech', ' Tech ', 'Ärzte', '日本株', 'نفت', '👩‍💻', '❤️‍🔥 list', '👩🏽‍💻', 'a b', '💹'],
  // A non-joiner of Persian, a joiner of Devanagari, the flags of Scotland and of Texas.
  ...['می\u200cخواهم', 'क्\u200dष', scotland, '\u{1f3f4}\u{e0075}\u{e0073}\u{e0074}\u{e0078}\u{e007f} oil'],
])('the name %j is accepted', (text) => {
  expect(parseName(text, 50)).toBe(text.trim());
  expect(parseDescription(text, 50)).toBe(text);
});

test.each([
  'a\u0000b',
  'a\nb',
  'a\u200bb',
  'a\u200db',
  'a\u202eb',
  'a\u2066b',
  'a\ufeffb',
  'a\u00adb',
  'a\u2028b',
  '\ud800',
  '👩\u200d',
  '\u200d👩',
  'a\u{e0061}',
  // Joiners between letters that have none, or at the end of a word; a flag without its end, one that hides a sentence, tags behind another emoji.
  'a\u200cb',
  '\u200cنفت',
  'نفت\u200c',
  'نفت\u200ca',
  scotland.slice(0, -2),
  `\u{1f3f4}${'\u{e0061}'.repeat(20)}\u{e007f}`,
  scotland.replace('\u{1f3f4}', '👩'),
])('the name and the description %j have hidden characters', (text) => {
  expect(() => parseName(text, 50)).toThrow('must not contain');
  expect(() => parseDescription(text, 50)).toThrow('must not contain');
});

test.each(['\u3164', '\ufe0f', '\u2800 \u2800', '\u115f\u034f', '\u180b'])(
  'the name %j shows nothing',
  (text) => {
    expect(() => parseName(text, 50)).toThrow('visible character');
  },
);

test('a description may be empty and has a limit in characters', () => {
  expect(parseDescription('', 3)).toBe('');
  expect(parseDescription('💹💹💹', 3)).toBe('💹💹💹');
  expect(() => parseDescription('abcd', 3)).toThrow(InvalidInputError);
});

test.each(['', '   ', 'x'.repeat(51)])('the name %j has a wrong length', (text) => {
  expect(() => parseName(text, 50)).toThrow('1 to 50 characters');
});

describe('the folded name', () => {
  const text = fc.string({
    unit: fc.oneof(
      fc.constantFrom('ß', 'ẞ', 'ſ', 'Σ', 'ς', 'İ', 'ı', 'ﬁ', '\u0345', '\u0307', 'ᾳ', 'Å', '\u200c'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    ),
  });

  test.each([
    ['STRASSE', 'straße'],
    ['STRAẞE', 'Strasse'],
    ['ſtop', 'STOP'],
    ['ΟΔΟΣ', 'οδος'],
    ['οδοσ', 'οδος'],
    ['TITLE', 'tıtle'],
    ['İzmir', 'i̇zmir'],
    ['ＡＡＰＬ', 'aapl'],
    ['ﬁnance', 'FINANCE'],
    ['Ärzte', 'A\u0308RZTE'],
    ['ВЕРХ', 'верх'],
    ['①', '1'],
    ['Tech\ufe0f', 'tech'],
    ['a\u3164', 'A'],
  ])('of %s and of %s are equal', (one, other) => {
    expect(foldName(one)).toBe(foldName(other));
  });

  test.each([
    ['ΟΔΟΣ', 'οδοσ'],
    ['℡ ①', 'tel 1'],
    [' Straße\u3164', 'strasse'],
  ])('of %j is %j', (name, folded) => {
    expect(foldName(name)).toBe(folded);
  });

  test.each([
    ['Arzte', 'Ärzte'],
    ['i̇', 'i'],
    ['l', '1'],
    [scotland, scotland.replace('\u{e0073}\u{e0063}\u{e0074}', '\u{e0065}\u{e006e}\u{e0067}')],
  ])('of %s and of %s differ', (one, other) => {
    expect(foldName(one)).not.toBe(foldName(other));
  });

  test('of every character is stable, and equal for its upper, lower and normalised forms', () => {
    for (let code = 0; code <= 0x3ffff; code += 1) {
      // Halves of pairs, and Chinese and Korean characters, which have no case.
      if (
        (code >= 0xd800 && code <= 0xdfff) ||
        (code >= 0x3400 && code <= 0x9fff) ||
        (code >= 0x20000 && code <= 0x2f7ff)
      )
        continue;
      const character = String.fromCodePoint(code);
      const folded = foldName(character);
      for (const form of [
        folded,
        character.toUpperCase(),
        character.toLowerCase(),
        character.normalize('NFD'),
        character.normalize('NFKC'),
      ])
        if (foldName(form) !== folded) expect.fail(`U+${code.toString(16)} as ${form} is not ${folded}`);
    }
  });

  test('of any text is stable and does not depend on case or normalisation', () => {
    fc.assert(
      fc.property(text, (any) => {
        const folded = foldName(any);
        expect(foldName(folded)).toBe(folded);
        expect(foldName(any.normalize('NFKC').toUpperCase())).toBe(folded);
        expect(foldName(any.normalize('NFD'))).toBe(folded);
      }),
      { numRuns: 5_000 },
    );
  });
});
