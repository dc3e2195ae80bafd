import { LimitExceededError } from '../errors.ts';

/** Places that a transaction under way takes. */
export interface Reservation {
  /** The transaction has ended. What it stored counts until it is found by the next count. */
  end(outcome: 'STORED' | 'NOTHING'): void;
}

/** How many places of a quota each workspace takes, without a look at the database for each. */
export interface Places {
  readonly limit: number;
  /** Null: the workspace has fewer places left. */
  reserve(workspaceId: string, amount: number): Promise<Reservation | null>;
}

/** What was counted a moment ago is counted again after this. */
const MAX_AGE_MS = 1_000;
/** A count that takes long is repeated more rarely: a workspace with much is no burden to the others. */
const SHARE_OF_TIME = 20;
/** Above this number idle workspaces are forgotten. */
const MAX_WORKSPACES = 1_000;

interface Usage {
  /** What the last count found. */
  counted: number;
  /** Stored since the last count began. */
  stored: number;
  /** Reserved by transactions under way. */
  pending: number;
  recountAtMs: number;
  counting: Promise<void> | null;
}

/**
 * Counts with `count`, once a second and workspace, and adds what this process stores meanwhile: exact for one node. Other nodes may have stored more within that second, so several
 * nodes together may exceed the limit by what they store in a second. What a count may or may not have seen counts as stored.
 */
export function createPlaces(
  limit: number,
  count: (workspaceId: string) => Promise<number>,
  now: () => number = () => performance.now(),
): Places {
  const usages = new Map<string, Usage>();

  async function recount(workspaceId: string, usage: Usage): Promise<void> {
    const beganAtMs = now();
    const storedBefore = usage.stored;
    usage.counted = await count(workspaceId);
    // What was stored before the count began is in it; what was stored since may be.
    usage.stored -= storedBefore;
    usage.recountAtMs = now() + Math.max(MAX_AGE_MS, SHARE_OF_TIME * (now() - beganAtMs));
  }

  async function fresh(workspaceId: string): Promise<Usage> {
    const usage: Usage = usages.get(workspaceId) ?? {
      counted: 0,
      stored: 0,
      pending: 0,
      recountAtMs: Number.NEGATIVE_INFINITY,
      counting: null,
    };
    usages.set(workspaceId, usage);
    if (usage.counting === null && now() >= usage.recountAtMs)
      usage.counting = recount(workspaceId, usage).finally(() => {
        usage.counting = null;
      });
    await usage.counting;
    return usage;
  }

  /** A workspace that stores nothing is not remembered. */
  function forgetIdle(): void {
    if (usages.size <= MAX_WORKSPACES) return;
    for (const [id, usage] of usages)
      if (usage.pending === 0 && usage.counting === null && now() >= usage.recountAtMs) usages.delete(id);
  }

  return {
    limit,
    async reserve(workspaceId, amount) {
      const usage = await fresh(workspaceId);
      forgetIdle();
      if (usage.counted + usage.stored + usage.pending + amount > limit) return null;
      usage.pending += amount;
      let open = true;
      return {
        end(outcome) {
          if (!open) return;
          open = false;
          usage.pending -= amount;
          if (outcome === 'STORED') usage.stored += amount;
        },
      };
    },
  };
}

/** What a change needs of a quota. */
export interface Need {
  readonly places: Places;
  readonly amount: number;
  readonly refusal: (limit: number) => string;
}

/** Places of several quotas, all or none. */
export interface Reservations {
  /** Why there are none; null: all are reserved. */
  readonly refusal: LimitExceededError | null;
  end(outcome: 'STORED' | 'NOTHING'): void;
}

/** Reserves what is needed of several quotas. It does not throw: a request that turns out to be a repeat stores nothing and needs no place. */
export async function reserveAll(workspaceId: string, needs: readonly Need[]): Promise<Reservations> {
  const held: Reservation[] = [];
  const end = (outcome: 'STORED' | 'NOTHING') => {
    for (const reservation of held) reservation.end(outcome);
  };
  for (const { places, amount, refusal } of needs) {
    const reservation = await places.reserve(workspaceId, amount).catch((error: unknown) => {
      end('NOTHING');
      throw error;
    });
    if (reservation === null) {
      end('NOTHING');
      return { refusal: new LimitExceededError(places.limit, refusal(places.limit)), end: () => undefined };
    }
    held.push(reservation);
  }
  return { refusal: null, end };
}

/** A place for a response under an idempotency key. */
export const responsePlace = (places: Places): Need => ({
  places,
  amount: 1,
  refusal: (limit) =>
    `A workspace has at most ${limit} stored responses, which are kept for some days: send the request without an idempotency key, or later.`,
});

/** Places for the items of a job. */
export const queuePlaces = (places: Places, items: number): Need => ({
  places,
  amount: items,
  refusal: (limit) =>
    `A workspace has at most ${limit} queued items, and this job has ${items}: submit it when others have ended, or cancel some.`,
});
