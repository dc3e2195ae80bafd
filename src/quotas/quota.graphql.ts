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
  description:
    'Storage limits of the workspace. A request that would exceed a limit is rejected with LIMIT_EXCEEDED.',
  fields: (t) => ({
    queuedItems: t.exposeInt('queuedItems', {
      description:
        'Maximum number of queued items, including items that are scheduled for later or wait for another attempt.',
    }),
    keys: t.exposeInt('keys', {
      description: 'Maximum number of API keys, including keys that ended within the last 30 days.',
    }),
    watchlists: t.exposeInt('watchlists', { description: 'Maximum number of watchlists in the workspace.' }),
    watchlistItems: t.exposeInt('watchlistItems', {
      description: 'Maximum number of tickers in one watchlist.',
    }),
    webhooks: t.exposeInt('webhooks', { description: 'Maximum number of webhooks in the workspace.' }),
    storedResponses: t.exposeInt('storedResponses', {
      description:
        'Maximum number of responses that are stored under idempotency keys. Each response is stored for some days.',
    }),
    ownSeries: t.exposeInt('ownSeries', { description: 'Maximum number of imported series of bars.' }),
    ownBars: t.exposeInt('ownBars', {
      description: 'Maximum number of bars in all imported series together.',
    }),
  }),
});
