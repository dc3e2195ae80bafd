import { complexityFromQuery } from '@pothos/plugin-complexity';
import { parse } from 'graphql';
import { expect, test } from 'vitest';
import * as generated from '../../src/client/generated/graphql.ts';
import { MAX_COST } from '../../src/graphql/builder.ts';
import { examples } from '../../src/main/examples.ts';
import { schema } from '../../src/main/schema.ts';

const documents = [
  ...Object.entries(generated).flatMap(([name, value]) =>
    name.endsWith('Document') ? [[name, String(value)] as const] : [],
  ),
  ...examples.map(({ title, query }) => [`example ${title}`, query] as const),
];

const id = Buffer.from('Job:01890000-0000-7000-8000-000000000000').toString('base64');
const inputs: Readonly<Record<string, object>> = {
  CreateWatchlistDocument: { name: 'Tech' },
  AnalyzeWatchlistDocument: { id },
};

test.each(documents)('%s costs no more than an operation may', (name, text) => {
  const input = inputs[name] ?? { tickers: ['AAPL'] };
  const variables = {
    id,
    jobId: id,
    job: id,
    input,
    after: name === 'JobEventsDocument' ? 0 : null,
    points: 100,
  };
  const { complexity } = complexityFromQuery(parse(text), { schema, ctx: {} as never, variables });
  expect(complexity).toBeGreaterThan(0);
  expect(complexity).toBeLessThanOrEqual(MAX_COST);
});
