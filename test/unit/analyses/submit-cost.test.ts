import { parse } from 'graphql';
import { expect, test } from 'vitest';
import { factsOf } from '../../../src/graphql/document-facts.ts';
import { schema } from '../../../src/main/schema.ts';

test.each([
  ['SubmitAnalysisInput', 'submitAnalysis', { tickers: ['AAPL'] }],
  [
    'AnalyzeWatchlistInput',
    'analyzeWatchlist',
    { id: 'V2F0Y2hsaXN0OjAxODkwMDAwLTAwMDAtNzAwMC04MDAwLTAwMDAwMDAwMDAwMA==' },
  ],
])(
  'a submit by %s costs a point for each day of its span, whatever span was asked for before',
  (type, field, input) => {
    const text = `mutation($input: ${type}!) { ${field}(input: $input) { __typename } }`;
    const operation = factsOf(schema, parse(text)).operation(null);
    const cost = (options: object | null) => operation?.costFor({ input: { ...input, options } }) ?? 0;
    const single = cost(null);
    expect(cost({ asOf: '2026-01-02' })).toBe(single);
    for (const days of [31, 10, 1, 31])
      expect(cost({ asOfFrom: '2026-01-01', asOfTo: `2026-01-${String(days).padStart(2, '0')}` })).toBe(
        single + days - 1,
      );
    expect(cost({ asOfFrom: '2016-01-01', asOfTo: '2026-01-01' })).toBe(single + 399);
    // The options are checked later.
    expect(cost({ asOfFrom: '2026-01-31', asOfTo: '2026-01-01' })).toBe(single);
  },
);
