import type { SourceId } from '../generated/graphql.ts';

/** Sources of bars with names; which of them a server has on, the API does not say. */
export const SOURCES: readonly (readonly [SourceId, string])[] = [
  ['SAMPLE', 'Sample (AAPL, real bars)'],
  ['DEMO', 'Demo (synthetic bars)'],
  ['OWN', 'Own bars'],
  ['CSV', 'CSV files'],
  ['YAHOO', 'Yahoo'],
  ['TIINGO', 'Tiingo'],
];
