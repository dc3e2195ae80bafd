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
    'What the caller’s workspace may ask for: all its keys share the points. Points come back evenly over a minute.',
  fields: (t) => ({
    limit: t.exposeInt('limit', {
      description: 'Points per minute, and at once at most; 0: no limit.',
    }),
    remaining: t.exposeInt('remaining', {
      description:
        'Points that are left, as far as this node knows; what other nodes hold is not among them.',
    }),
    resetAt: t.expose('resetAt', {
      type: 'DateTime',
      description: 'When all points are back, if nothing is asked.',
    }),
    cost: t.exposeInt('cost', {
      description:
        'Points of this operation. A message of a subscription costs points by its content (docs/limits.md).',
    }),
  }),
});

builder.queryField('rateLimit', (t) =>
  t.field({
    scope: 'ANY',
    type: RateLimitRef,
    description: 'How much the caller may still ask for, and what this operation costs.',
    complexity: 1,
    resolve: (_root, _args, context) => ({
      ...context.rates.stateOf(allowanceOf(context.access)),
      cost: context.cost,
    }),
  }),
);
