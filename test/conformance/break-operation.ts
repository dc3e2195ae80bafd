import type { Operation } from './generate-operation.ts';

type Random = () => number;
const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;

/** Values of no type in particular, as JSON writes them: some are no numbers that a double holds, some no text that UTF-8 holds. */
const RAW = [
  'null',
  'true',
  '0',
  '-1',
  '1e999',
  '-1e999',
  '9007199254740993',
  `1${'0'.repeat(400)}`,
  '1.5',
  '""',
  '"\\ud800"',
  '"\\u0000"',
  '"x"',
  '[]',
  '[[[[]]]]',
  '{}',
  '{"__proto__":{"x":1}}',
  '{"constructor":1}',
  `"${'x'.repeat(5_000)}"`,
  `[${'1,'.repeat(500)}1]`,
  `${'['.repeat(3_000)}${']'.repeat(3_000)}`,
];
const WORDS = [
  '{',
  '}',
  '(',
  ')',
  '[',
  ']',
  '!',
  '$',
  '@',
  '...',
  '"""',
  '"',
  '\\u',
  '#',
  'fragment',
  'on',
  'null',
  '1e999',
  '-',
  '\u0000',
  '\ufeff',
  '\ud800',
  '😀',
  '__schema',
  '__proto__',
  ' @skip(if: $x)',
  '&',
  '|',
  ':',
];

/** A body that is near a valid one but is none: of bytes, words, types, names or shapes. Answers bytes, since some are no text. */
export function breakOperation({ query, variables }: Operation, random: Random): Buffer {
  const json = (body: object) => Buffer.from(JSON.stringify(body));
  const at = (length: number) => Math.floor(random() * (length + 1));
  const breaks: (() => Buffer)[] = [
    // Bytes of the whole body.
    () => {
      const bytes = json({ query, variables });
      for (let i = 0; i < 1 + random() * 4; i += 1)
        bytes[Math.min(at(bytes.length), bytes.length - 1)] = Math.floor(random() * 256);
      return bytes;
    },
    () => {
      const bytes = json({ query, variables });
      return bytes.subarray(0, at(bytes.length));
    },
    // Words of the document.
    () => {
      const place = at(query.length);
      return json({
        query: `${query.slice(0, place)}${pick(random, WORDS)}${query.slice(place)}`,
        variables,
      });
    },
    () => {
      const place = at(query.length);
      return json({
        query: query.slice(0, place) + query.slice(place + 1 + Math.floor(random() * 20)),
        variables,
      });
    },
    () =>
      json({
        query: query.replace(/\b[a-z]\w+\b/g, (word) => (random() < 0.1 ? `${word}x` : word)),
        variables,
      }),
    () => json({ query: query.repeat(2), variables }),
    // Types of the variables, as raw JSON.
    () => {
      const names = Object.keys(variables);
      if (names.length === 0)
        return Buffer.from(`{"query":${JSON.stringify(query)},"variables":${pick(random, RAW)}}`);
      const wrong = pick(random, names);
      const pairs = names.map(
        (name) =>
          `${JSON.stringify(name)}:${name === wrong ? pick(random, RAW) : JSON.stringify(variables[name])}`,
      );
      return Buffer.from(`{"query":${JSON.stringify(query)},"variables":{${pairs.join(',')}}}`);
    },
    () => {
      const text = JSON.stringify(variables);
      const values = [...text.matchAll(/:("(?:[^"\\]|\\.)*"|-?[\d.e+-]+|true|false|null)/g)];
      if (values.length === 0) return json({ query, variables: [variables] });
      const { index, 0: found } = pick(random, values);
      return Buffer.from(
        `{"query":${JSON.stringify(query)},"variables":${text.slice(0, index)}:${pick(random, RAW)}${text.slice(index + found.length)}}`,
      );
    },
    () => json({ query, variables: {} }),
    () =>
      json({
        query: query.replace(/\$v\d+\b(?!:)/g, () =>
          pick(random, ['1', '"x"', 'null', '$none', '[1]', '{a: 1}', 'NONE', '1e999', `1${'0'.repeat(60)}`]),
        ),
        variables,
      }),
    // The envelope.
    () => Buffer.from(`{"query":${pick(random, RAW)},"variables":${JSON.stringify(variables)}}`),
    () =>
      Buffer.from(
        `{"query":${JSON.stringify(query)},"operationName":${pick(random, RAW)},"extensions":${pick(random, RAW)},"variables":${JSON.stringify(variables)}}`,
      ),
    () => Buffer.from(pick(random, RAW)),
    () => json([{ query, variables }]),
  ];
  return pick(random, breaks)();
}
