import { parse } from 'graphql';
import { describe, expect, test } from 'vitest';
import * as generated from '../../../packages/client/src/generated/graphql.ts';
import { printDocument } from '../../../packages/client/src/print-document.ts';
import { resumableOf } from '../../../packages/client/src/resume-point.ts';
import { examples } from '../../../src/main/examples.ts';

const everything = `query All($a: [Int!]! = [1, 2], $b: Input = {x: {y: null}, z: ENUM}, $c: Float = -1.5e3 @d) @live(if: true) {
  alias: field(s: "quote \\" and \\\\ and \\n \\u0001", t: true, v: $a, empty: "", list: [], object: {}) @include(if: $b) { ...F @skip(if: false) ... on T { id } ... { id } }
}
fragment F on T @x { id block(text: """a
  "block" """) }
{ short }
mutation { m(x: 1) }`;

const documents = [
  ['a document with every kind of node', everything] as const,
  ...Object.entries(generated).flatMap(([name, value]) =>
    name.endsWith('Document') ? [[name, String(value)] as const] : [],
  ),
  ...examples.map(({ title, query }) => [title, query] as const),
];

/** Blocks are printed as ordinary texts of the same value. */
const treeOf = (text: string) =>
  JSON.parse(
    JSON.stringify(parse(text, { noLocation: true }), (key, value) => (key === 'block' ? undefined : value)),
  );

test.each(documents)('the printed tree of %s is the same document', (_name, text) => {
  expect(treeOf(printDocument(parse(text)))).toEqual(treeOf(text));
});

test('a tree of types is a TypeError', () => {
  expect(() => printDocument(parse('type T { id: ID }'))).toThrow(TypeError);
});

describe('a subscription goes on after a cursor', () => {
  const same = (query: string) => expect.objectContaining({ query });

  test.each([
    [
      'subscription F($id: ID!, $from: Int) { jobEvents(jobId: $id, after: $from) { cursor events { seq } } }',
      'jobEvents',
      'from',
    ],
    [
      'subscription ($c: String) { feed: analysisStored(after: $c, filter: { minScore: 1 }) { gap cursor } }',
      'feed',
      'c',
    ],
  ])('as it stands: %s', (text, key, variable) => {
    expect(resumableOf(text)).toEqual({ query: text, key, variable, fromNow: null });
  });

  test.each([
    [
      'subscription F($id: ID!) { jobEvents(jobId: $id) { events { seq cursor: at } } }',
      'subscription F($resumeAfter: Int $id: ID!) { jobEvents(after: $resumeAfter jobId: $id) { cursor events { seq cursor: at } } }',
    ],
    [
      'fragment B on AnalysisBatch { gap } subscription { analysisStored { ...B } } # end',
      'fragment B on AnalysisBatch { gap } subscription($resumeAfter: String) { analysisStored(after: $resumeAfter) { cursor ...B } } # end',
    ],
    [
      'subscription Feed { a: analysisStored(filter: { tickers: ["}{"] }) { c: cursor } }',
      'subscription Feed($resumeAfter: String) { a: analysisStored(after: $resumeAfter filter: { tickers: ["}{"] }) { cursor c: cursor } }',
    ],
  ])('with what it lacks: %s', (text, query) => {
    expect(resumableOf(text)).toEqual(same(query));
    expect(() => parse(query)).not.toThrow();
  });

  test('and no longer from now on', () => {
    const text =
      'subscription ($now: Boolean) { jobEvents(jobId: "1", after: $a, fromNow: $now) { cursor } }';
    expect(resumableOf(text)).toMatchObject({ fromNow: 'now', variable: 'a' });
  });

  test.each(['after: 7', 'fromNow: true'])('unless the document has %s', (argument) => {
    expect(() => resumableOf(`subscription { jobEvents(jobId: "1", ${argument}) { cursor } }`)).toThrow(
      TypeError,
    );
  });

  test.each([
    'subscription { jobProgress(id: "1") { state } }',
    'query { jobEvents }',
    '{ a }',
    'subscription { ...F }',
  ])('and not: %s', (text) => {
    expect(resumableOf(text)).toBeNull();
  });
});
