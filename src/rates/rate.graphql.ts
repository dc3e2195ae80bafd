import { builder } from '../graphql/builder.ts';
import { allowanceOf, type RateState, type Rates } from './rate.ts';

declare module '../graphql/context.ts' {
  interface Context {
    readonly rates: Rates;
  }
}

const RateLimitRef = builder.objectRef<RateState & { readonly cost: number }>('RateLimit').implement({
  scope: 'ANY',
  description:
    'Rate limit of the workspace, which all its keys share. Spent points are restored evenly over one minute.',
  fields: (t) => ({
    limit: t.exposeInt('limit', {
      description: 'Points per minute, and maximum number of available points; 0 means no limit.',
    }),
    remaining: t.exposeInt('remaining', {
      description:
        'Available points as far as this API node knows. Points reserved by other nodes are not included.',
    }),
    resetAt: t.expose('resetAt', {
      type: 'DateTime',
      description: 'Time at which all points are restored if no further request is sent.',
    }),
    cost: t.exposeInt('cost', {
      description:
        'Cost of this operation in points. Messages of a subscription cost points by their content (docs/limits.md).',
    }),
  }),
});

builder.queryField('rateLimit', (t) =>
  t.field({
    scope: 'ANY',
    type: RateLimitRef,
    description: 'Rate limit of the workspace, and the cost of this operation.',
    complexity: 1,
    resolve: (_root, _args, context) => ({
      ...context.rates.stateOf(allowanceOf(context.access)),
      cost: context.cost,
    }),
  }),
);
