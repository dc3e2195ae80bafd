/** How much a workspace may ask for: `limit` points per window, which come back evenly, so that a bucket that was emptied is full again after one. */
export const WINDOW_SECONDS = 60;

/** Whose points an operation takes: all keys and tokens of a workspace share its allowance, so that more keys are not more points. */
export const allowanceOf = ({ workspaceId }: { readonly workspaceId: string }): string => workspaceId;

/** What is known of an allowance here, portions of other nodes taken as spent. */
export interface RateState {
  readonly limit: number;
  readonly remaining: number;
  /** When all of it has come back, if nothing else is asked. */
  readonly resetAt: Date;
}

export type Admission =
  | { readonly admitted: true }
  | { readonly admitted: false; readonly retryAfterMs: number };

/** Allowances by `allowanceOf`, shared by all API nodes. */
export interface Rates {
  /** Takes points for an operation, at most as many as an allowance has at all. Answers at once while this node has a portion, else after asking the database. */
  take(key: string, points: number): Admission | Promise<Admission>;
  /** A message of a stream may be sent. */
  isOpen(key: string): boolean;
  /**
   * Takes the points of a message, at most as many as an allowance has at all, also where fewer are left: the next messages and operations
   * wait until they have come back.
   */
  spend(key: string, points: number): void;
  /** Calls back once, when `isOpen` is true again. */
  whenOpen(key: string, listener: () => void): void;
  stateOf(key: string): RateState;
  close(): void;
}

/** Points that a node takes at once, so that not every operation asks the database: half a percent of the limit. */
export function portionOf(limit: number, points: number): number {
  return Math.max(points, Math.floor(limit / 200), 1);
}

/** As draft-ietf-httpapi-ratelimit-headers-10 writes them. */
export function rateHeaders({ limit, remaining, resetAt }: RateState): Record<string, string> {
  const seconds = Math.max(0, Math.ceil((resetAt.getTime() - Date.now()) / 1_000));
  return {
    'ratelimit-policy': `"workspace";q=${limit};w=${WINDOW_SECONDS}`,
    ratelimit: `"workspace";r=${remaining};t=${seconds}`,
  };
}
