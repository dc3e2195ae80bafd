/** A protection taken away, and the test that must notice. */
export interface Mutation {
  /**
   * 1 to 13: row of the failure points in docs/reliability.md. 14: isolation of workspaces. 15: engine. 16: realtime path.
   * 17: price data. 18: processes and packages. 19: access and limits.
   */
  readonly row: number;
  /** The protection that is gone with it. */
  readonly without: string;
  /** File, text that occurs in it once, text in its place. More than one where protections lie behind each other. */
  readonly edits: readonly (readonly [file: string, find: string, replace: string])[];
  readonly test: string;
  /** Part of the titles of the tests to run; at least one of them must fail. */
  readonly titled: string;
}

const files = {
  1: '01-submitted-once',
  2: '02-result-and-job',
  3: '03-history-and-redelivery',
  4: '04-origin-and-demo',
  5: '05-state-is-never-null',
  6: '06-details-apart',
  7: '07-errors-captured',
  8: '08-watchlist-links',
  9: '09-replay',
  10: '10-one-clock',
  11: '11-cut-at-every-step',
  12: '12-every-write-fails',
  13: '13-locks-and-migrations',
} as const;

/** A mutation that the test of its own row must notice. */
export function mutation(
  row: keyof typeof files,
  without: string,
  titled: string,
  ...edits: Mutation['edits'][number][]
): Mutation {
  return { row, without, edits, titled, test: `test/integration/failure-points/${files[row]}.test.ts` };
}

/** A mutation of what several rows stand on, which has a test of its own. */
export function connectionMutation(
  row: number,
  without: string,
  titled: string,
  ...edits: Mutation['edits'][number][]
): Mutation {
  return { row, without, edits, titled, test: 'test/integration/connections.test.ts' };
}

/** A mutation of a wall between workspaces. */
export function wallMutation(
  test: 'row-level-security' | 'roles' | 'tenancy',
  without: string,
  titled: string,
  ...edits: Mutation['edits'][number][]
): Mutation {
  return { row: 14, without, edits, titled, test: `test/integration/${test}.test.ts` };
}

/** A mutation that the tests of any file must notice. */
export function fileMutation(
  row: 15 | 16 | 17 | 18 | 19,
  test: `test/${'unit' | 'drift' | 'integration' | 'alone' | 'e2e'}/${string}.test.ts`,
  without: string,
  titled: string,
  ...edits: Mutation['edits'][number][]
): Mutation {
  return { row, without, edits, titled, test };
}
