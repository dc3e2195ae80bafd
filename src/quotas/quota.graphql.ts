import { builder } from '../graphql/builder.ts';
import type { Quotas } from './quota.ts';
import type { Places } from './reserve-places.ts';

declare module '../graphql/context.ts' {
  interface Context {
    readonly quotas: Quotas;
    readonly queuedItems: Places;
    readonly storedResponses: Places;
  }
}

export const LimitsRef = builder.objectRef<Quotas>('WorkspaceLimits').implement({
  scope: 'ANY',
  description: 'How much the workspace may store. What would exceed a limit is rejected with LIMIT_EXCEEDED.',
  fields: (t) => ({
    queuedItems: t.exposeInt('queuedItems', {
      description: 'Items that wait, including those that are scheduled for later or will be tried again.',
    }),
    keys: t.exposeInt('keys', {
      description: 'API keys, including those that ended within the last 30 days.',
    }),
    watchlists: t.exposeInt('watchlists', { description: 'Watchlists.' }),
    watchlistItems: t.exposeInt('watchlistItems', { description: 'Tickers of one watchlist.' }),
    webhooks: t.exposeInt('webhooks', { description: 'Webhooks.' }),
    storedResponses: t.exposeInt('storedResponses', {
      description: 'Responses that are stored under idempotency keys, for some days each.',
    }),
    ownSeries: t.exposeInt('ownSeries', { description: 'Series of bars that the workspace imported.' }),
    ownBars: t.exposeInt('ownBars', { description: 'Bars of all imported series together.' }),
  }),
});
