import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compareSchemas, faultyDeprecations } from '../contract/compare-schemas.ts';

const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
const released = read('schema.released.graphql');
const current = read('schema.graphql');
const today = new Date().toISOString().slice(0, 10);

test('clients of the released schema go on working (npm run schema:check tells more)', () => {
  expect(compareSchemas(released, current, today).breaking).toEqual([]);
});

test('every deprecation names the day from which it may be gone, 90 days ahead or more', () => {
  expect(faultyDeprecations(released, current, today)).toEqual([]);
});

describe('the check', () => {
  /** Takes a line and its description away. */
  const without = (line: string) => {
    const changed = current.replace(new RegExp(`^ {2}"""[^"]*"""\\n {2}${line}$`, 'm'), '');
    expect(changed).not.toBe(current);
    return changed;
  };
  const instead = (find: string, replacement: string) => {
    expect(current).toContain(find);
    return current.replace(find, replacement);
  };

  test.each([
    [
      'a field that is gone',
      () => without('deduplicated: Boolean!'),
      'SubmitJobPayload.deduplicated was removed.',
    ],
    [
      'an enum value that is gone',
      () => without('MOMENTUM_BREAKOUT'),
      'MOMENTUM_BREAKOUT was removed from enum type StrategyId.',
    ],
    [
      'a field that may be null',
      () => instead('lastSeq: Int!', 'lastSeq: Int'),
      'Job.lastSeq changed type from Int! to Int.',
    ],
    [
      'another type',
      () => instead('progress: Float!', 'progress: Int!'),
      'Job.progress changed type from Float! to Int!.',
    ],
    [
      'a union without a member',
      () => instead(' | NotFoundError | SubmitJobPayload', ' | SubmitJobPayload'),
      'NotFoundError was removed from union type AnalyzeWatchlistResult.',
    ],
    [
      'an input field that must be given',
      () => instead('tickers: [String!]\n', 'tickers: [String!]!\n'),
      'changed type from [String!] to [String!]!.',
    ],
    [
      'a new argument that must be given',
      () => instead('queue: Queue!', 'queue(of: ID!): Queue!'),
      'A required arg of on Query.queue was added.',
    ],
    [
      'an interface that is gone',
      () => instead('type Job implements Node {', 'type Job {'),
      'Job no longer implements interface Node.',
    ],
  ])('catches %s', (_name, change, description) => {
    const { breaking } = compareSchemas(current, change(), today);
    expect(breaking.join('\n')).toContain(description);
  });

  test('lets new fields, arguments, types and values pass, the latter with a note', () => {
    const more = instead('enum SortDirection {', 'enum SortDirection {\n  NONE').replace(
      'queue: Queue!',
      'queue(of: ID): Queue!\n  later: Later\n',
    );
    const { breaking, dangerous } = compareSchemas(current, `${more}\ntype Later { at: DateTime }`, today);
    expect(breaking).toEqual([]);
    expect(dangerous).toContain('NONE was added to enum type SortDirection.');
  });

  const deprecated = (day: string) =>
    instead('deduplicated: Boolean!', `deduplicated: Boolean! @deprecated(reason: "Until ${day}: use job.")`);

  test('lets go what was deprecated in the release until a day that has come, and nothing before', () => {
    const gone = without('deduplicated: Boolean!');
    expect(compareSchemas(deprecated('2027-06-01'), gone, '2027-05-31').breaking).toHaveLength(1);
    expect(compareSchemas(deprecated('2027-06-01'), gone, '2027-06-01').breaking).toEqual([]);
  });

  test('asks for a day, and for 90 days of notice', () => {
    const plain = instead('deduplicated: Boolean!', 'deduplicated: Boolean! @deprecated(reason: "Use job.")');
    expect(faultyDeprecations(current, plain, '2027-01-01')).toEqual(['Use job.']);
    expect(faultyDeprecations(current, deprecated('2027-03-31'), '2027-01-01')).toHaveLength(1);
    expect(faultyDeprecations(current, deprecated('2027-04-01'), '2027-01-01')).toEqual([]);
    expect(faultyDeprecations(deprecated('2027-03-31'), deprecated('2027-03-31'), '2027-03-30')).toEqual([]);
  });
});
