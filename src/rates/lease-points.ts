import type { Db } from '../db/client.ts';
import type { Logger } from '../logger.ts';
import { deleteFullBuckets, leasePoints } from './rate.store.ts';
import { type Admission, portionOf, type Rates, WINDOW_SECONDS } from './rate.ts';

interface Account {
  /** Points that this node has and may spend without asking; below zero: what messages cost beyond that. The next portions pay for it. */
  points: number;
  /** Until when, by `performance.now()`: what is left then is given up. */
  until: number;
  /** What was spent of the shared bucket when it was last asked, and when that was. */
  used: number;
  asOf: number;
  /** After a refusal: that many points will not be there before this moment. */
  refused: { readonly points: number; readonly until: number } | null;
  asking: Promise<void> | null;
  readonly listeners: Set<() => void>;
}

/** A portion is given up after this: what a node holds is missing elsewhere. */
const PORTION_MS = 10_000;
const SWEEP_MS = 60_000;
/** How long streams wait before they ask again while the database is away. */
const AWAY_MS = 1_000;

/** Points that messages cost and that were not there. */
const debtOf = ({ points }: Account) => Math.max(0, -points);

/**
 * One bucket per workspace in PostgreSQL, of which each node takes portions. What all nodes let pass never exceeds the bucket; a node that dies
 * loses its portion, half a percent. 0 as limit lets everything pass and asks nothing.
 */
export function createRates({
  db,
  log,
  limit,
}: {
  readonly db: Db;
  readonly log: Logger;
  /** Points per minute and workspace. */
  readonly limit: number;
}): Rates {
  const perSecond = limit / WINDOW_SECONDS;
  const accounts = new Map<string, Account>();
  const now = () => performance.now();

  function accountOf(key: string): Account {
    const known = accounts.get(key);
    if (known !== undefined) return known;
    const listeners = new Set<() => void>();
    const made = { points: 0, until: 0, used: 0, asOf: now(), refused: null, asking: null, listeners };
    accounts.set(key, made);
    return made;
  }

  /** Milliseconds until so many points have come back. */
  const timeFor = (points: number) => (points / perSecond) * 1_000;

  const usedNow = (account: Account) =>
    Math.max(0, account.used - ((now() - account.asOf) / 1_000) * perSecond);

  /** One question of a key at a time. Whoever comes meanwhile looks again afterwards. */
  function ask(key: string, account: Account, needed: number): Promise<void> {
    account.asking ??= lease(key, account, needed).finally(() => {
      account.asking = null;
    });
    return account.asking;
  }

  async function lease(key: string, account: Account, needed: number): Promise<void> {
    const wanted = portionOf(limit, Math.min(limit, needed + debtOf(account)));
    const { granted, used } = await leasePoints(db, {
      key,
      needed,
      wanted,
      limit,
      perSecond,
    });
    // What is left of a portion is given up, and what is owed is not.
    if (account.until < now()) account.points = Math.min(0, account.points);
    account.points += granted;
    account.until = now() + PORTION_MS;
    account.used = used;
    account.asOf = now();
    account.refused = null;
    // A bucket that gave less than it was asked for is empty. What it gave may all have gone into the debt.
    const missing = granted > 0 ? needed - account.points : used + needed - limit + debtOf(account);
    if (granted === 0 || (granted < wanted && missing > 0))
      account.refused = { points: needed, until: now() + Math.max(1, timeFor(Math.min(missing, limit))) };
  }

  async function takeLater(key: string, account: Account, points: number): Promise<Admission> {
    for (;;) {
      if (account.until > now() && account.points >= points) {
        account.points -= points;
        return { admitted: true };
      }
      const { refused } = account;
      if (refused !== null && points >= refused.points && refused.until > now()) {
        return { admitted: false, retryAfterMs: refused.until - now() };
      }
      await ask(key, account, points);
    }
  }

  /** Streams wait for the next portion; whoever has waited longest is woken first. */
  async function refill(key: string, account: Account): Promise<void> {
    while (account.points < 1 && account.listeners.size > 0) {
      const wait = account.refused === null ? 0 : account.refused.until - now();
      const failed = wait > 0 ? false : await ask(key, account, 1).then(succeeded, onAway);
      const pause = failed ? AWAY_MS : Math.max(wait, 0);
      if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause).unref());
    }
    const woken = [...account.listeners];
    account.listeners.clear();
    for (const wake of woken) wake();
  }
  const succeeded = () => false;
  const onAway = (error: unknown) => {
    log.debug({ err: error }, 'no portion of a rate limit');
    return true;
  };

  const sweep = setInterval(() => {
    for (const [key, { until, listeners, asking }] of accounts)
      if (until + SWEEP_MS < now() && listeners.size === 0 && asking === null) accounts.delete(key);
  }, SWEEP_MS);
  sweep.unref();

  return {
    take(key, asked) {
      if (limit === 0) return { admitted: true };
      // What costs more than a full bucket holds could never pass, and every try would be told to come again.
      const points = Math.min(asked, limit);
      const account = accountOf(key);
      if (account.until > now() && account.points >= points) {
        account.points -= points;
        return { admitted: true };
      }
      return takeLater(key, account, points);
    },
    isOpen: (key) => limit === 0 || accountOf(key).points >= 1,
    spend(key, points) {
      if (limit === 0) return;
      const account = accountOf(key);
      account.points -= Math.min(points, limit);
      // Asked for ahead, so that a stream does not stop at the end of each portion.
      if (account.points < portionOf(limit, 1) / 4 && account.asking === null && account.refused === null) {
        ask(key, account, 1).catch(onAway);
      }
    },
    whenOpen(key, listener) {
      const account = accountOf(key);
      account.listeners.add(listener);
      if (account.listeners.size === 1) void refill(key, account);
    },
    stateOf(key) {
      const account = accounts.get(key);
      const used = account === undefined ? 0 : usedNow(account);
      const held = account === undefined || account.until < now() ? 0 : account.points;
      const remaining = Math.min(limit, Math.max(0, Math.floor(limit - used + held)));
      return {
        limit,
        remaining,
        resetAt: new Date(Date.now() + (limit === 0 ? 0 : (used / perSecond) * 1_000)),
      };
    },
    close: () => clearInterval(sweep),
  };
}

/** Removes the rows of workspaces that have been silent for long. */
export const pruneBuckets = deleteFullBuckets;
