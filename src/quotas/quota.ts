/** How much a workspace may store of what grows with its use. */
export interface Quotas {
  /** Items that wait: queued, scheduled for later, or to be tried again. */
  readonly queuedItems: number;
  /** Keys, with those that ended within the last 30 days. */
  readonly keys: number;
  readonly watchlists: number;
  /** Tickers of one watchlist. */
  readonly watchlistItems: number;
  readonly webhooks: number;
  /** Responses under idempotency keys. They are kept for some days (`RETENTION_KEY_DAYS`). */
  readonly storedResponses: number;
  /** Series of bars that the workspace imported. */
  readonly ownSeries: number;
  /** Bars of all these series together: 44 bytes each. */
  readonly ownBars: number;
}

export const defaultQuotas: Quotas = {
  queuedItems: 1_000_000,
  keys: 1_000,
  watchlists: 100,
  watchlistItems: 1_000,
  webhooks: 20,
  storedResponses: 1_000_000,
  ownSeries: 5_000,
  ownBars: 10_000_000,
};
