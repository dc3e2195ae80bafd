import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import { GraphQLError } from 'graphql';
import type { Payload } from './payload.ts';
import { behind, type NextStep, type Position, type Source, type Step, startAt } from './source.ts';
import { SLICE_WEIGHT, type Turns } from './turns.ts';

/** Where the messages of one subscriber go. */
export interface Sink {
  /** Another message may be given to it, one of so many bytes where these are known. */
  isReady(bytes?: number): boolean;
  next(payload: Payload): void;
  /** Calls back once, when it is ready again, for a message of so many bytes where these are known; never when it is lost. */
  whenReady(listener: () => void, bytes?: number): void;
  /** No message follows; with an error, why. */
  end(error?: unknown): void;
}

/** What the faults of sources and resolvers mean. */
export interface Faults {
  /** The same step may succeed when it is tried again. */
  isTransient(error: unknown): boolean;
  /** A transient fault of a step that took too long: after some of them in a row nobody tries again. */
  timedOut(error: unknown): boolean;
  /** What clients see of a fault. */
  mask(error: unknown): GraphQLError;
}

export interface Share {
  /** Begins to deliver to the sink what lies behind the cursor. Answers how to leave. */
  join(sink: Sink, cursor: number): () => void;
}

interface Subscriber {
  readonly sink: Sink;
  /** When its subscription began; milliseconds of `performance.now()`. */
  readonly joinedAt: number;
  cohort: Cohort | null;
  left: boolean;
}

/** Subscribers that stand at one position. It moves as a whole, so a delivery costs nothing per subscriber but the delivery. */
interface Cohort {
  position: Position;
  readonly members: Set<Subscriber>;
  /** How often in a row the server has cancelled the statements of its next step. */
  timeouts: number;
}

/** Deliveries between two looks at the rest of the world: at 12 µs each, the event loop is held for 6 ms at most. */
const SLICE = 512;
/** Of reads and executions in a slice of turns: reads that are begun in one turn are one statement, and what executions read comes back for all of them at once. */
const READ_WEIGHT = 1;
const EXECUTION_WEIGHT = SLICE_WEIGHT / 16;
const RETRY_MS = 500;
/** A step that the server cancels so often in a row will not succeed. An unavailable database is another matter: it is waited for. */
const MAX_TIMEOUTS = 5;

/**
 * Subscribers that differ only in where they stand. One execution per step serves all that stand at one place; a sink that is not ready is
 * left behind with its position and comes again when it is, so nothing queues up for it and nobody waits for it.
 */
export function createShare(deps: {
  readonly source: Source<unknown>;
  /** The payload of a step; with `since` (milliseconds of `performance.now()`) one whose execution began after that. */
  readonly execute: (step: Step<unknown>, since?: number) => Payload | Promise<Payload>;
  readonly faults: Faults;
  /** Those of all shares of a node: one change may wake any number of them. */
  readonly turns: Turns;
  /** Shares of one owner take their turns together. */
  readonly owner: string;
  readonly onEmpty: () => void;
}): Share {
  const { source, execute, faults, turns, owner, onEmpty } = deps;
  /** Those that have everything, by position. */
  let parked = new Map<string, Cohort>();
  /** Those that begin or come back in this turn. */
  let gathering: Map<string, Cohort> | null = null;
  let changes = 0;
  let size = 0;
  const stop = source.onChange(() => {
    changes += 1;
    wake();
  });

  function wake(): void {
    // Not cleared: what a cleared map held before hangs on what it holds next, and grows old with it.
    const cohorts = parked;
    parked = new Map();
    for (const cohort of cohorts.values()) void drive(cohort);
  }

  function park(cohort: Cohort): void {
    if (cohort.members.size === 0) return;
    const key = keyOf(cohort.position);
    const there = parked.get(key);
    if (there === undefined) {
      parked.set(key, cohort);
      return;
    }
    const [to, from] = there.members.size >= cohort.members.size ? [there, cohort] : [cohort, there];
    for (const subscriber of from.members) add(subscriber, to);
    parked.set(key, to);
  }

  function place(subscriber: Subscriber, position: Position): void {
    const key = keyOf(position);
    // Who begins reads, whatever others that began have found.
    const there = position.told ? parked.get(key) : undefined;
    if (there !== undefined) {
      add(subscriber, there);
      return;
    }
    if (gathering === null) {
      gathering = new Map();
      setImmediate(() => {
        const cohorts = [...(gathering?.values() ?? [])];
        gathering = null;
        for (const cohort of cohorts) void drive(cohort);
      });
    }
    const cohort = gathering.get(key) ?? { position, members: new Set(), timeouts: 0 };
    gathering.set(key, cohort);
    add(subscriber, cohort);
  }

  async function drive(cohort: Cohort): Promise<void> {
    try {
      while (cohort.members.size > 0) {
        let seen = changes;
        const answer = turns.run(owner, READ_WEIGHT, () => {
          seen = changes;
          // All may have left while their turn was to come.
          return cohort.members.size === 0 ? undefined : source.next(cohort.position);
        });
        const step: NextStep<unknown> = answer instanceof Promise ? await answer : answer;
        if (step === undefined) {
          if (seen !== changes) continue;
          return park(cohort);
        }
        if (step === null) return end(cohort);
        if (step.silent !== true) {
          const told = turns.run(owner, EXECUTION_WEIGHT, () => tell(cohort, step));
          if (!(told instanceof Promise ? await told : told)) return leaveAllBehind(cohort);
        }
        cohort.position = behind(cohort.position, step);
        cohort.timeouts = 0;
        if (step.last) return end(cohort);
        // What is in memory must not starve the event loop, however fast the sinks are.
        await turn();
      }
    } catch (error) {
      if (!faults.isTransient(error)) return end(cohort, faults.mask(error));
      if (faults.timedOut(error)) {
        cohort.timeouts += 1;
        if (cohort.timeouts >= MAX_TIMEOUTS) return end(cohort, tooSlow());
      }
      await delay(RETRY_MS * (0.5 + Math.random()), undefined, { ref: false });
      void drive(cohort);
    }
  }

  /** False: nobody takes the message now, and it was not made. */
  function tell(cohort: Cohort, step: Step<unknown>): boolean | Promise<boolean> {
    if (!hasReady(cohort)) return false;
    const payload = execute(step, beginningOf(cohort));
    if (!(payload instanceof Promise)) return deliver(cohort, payload);
    return payload.then((made) => deliver(cohort, made));
  }

  async function deliver(cohort: Cohort, payload: Payload): Promise<true> {
    const { position, members } = cohort;
    let count = 0;
    for (const subscriber of members) {
      if (subscriber.sink.isReady(payload.bytes)) subscriber.sink.next(payload);
      else leaveBehind(subscriber, position, payload.bytes);
      count += 1;
      if (count % SLICE === 0) await turn();
    }
    return true;
  }

  function leaveBehind(subscriber: Subscriber, position: Position, bytes?: number): void {
    subscriber.cohort?.members.delete(subscriber);
    subscriber.cohort = null;
    subscriber.sink.whenReady(() => {
      if (!subscriber.left) place(subscriber, position);
    }, bytes);
  }

  /** A message that nobody takes is not made. */
  function leaveAllBehind({ position, members }: Cohort): void {
    for (const subscriber of [...members]) leaveBehind(subscriber, position);
  }

  function end(cohort: Cohort, error?: unknown): void {
    for (const subscriber of [...cohort.members]) {
      leave(subscriber);
      subscriber.sink.end(error);
    }
  }

  function leave(subscriber: Subscriber): void {
    if (subscriber.left) return;
    subscriber.left = true;
    subscriber.cohort?.members.delete(subscriber);
    subscriber.cohort = null;
    size -= 1;
    if (size > 0) return;
    stop();
    onEmpty();
  }

  return {
    join(sink, cursor) {
      const subscriber: Subscriber = { sink, joinedAt: performance.now(), cohort: null, left: false };
      size += 1;
      place(subscriber, startAt(cursor));
      return () => leave(subscriber);
    },
  };
}

function tooSlow(): GraphQLError {
  const message = `The next message took longer than the database allows, ${MAX_TIMEOUTS} times in a row: ask for fewer fields, or try again later.`;
  return new GraphQLError(message, { extensions: { code: 'TIMEOUT', retryable: true } });
}

function add(subscriber: Subscriber, cohort: Cohort): void {
  subscriber.cohort = cohort;
  cohort.members.add(subscriber);
}

/**
 * A first message shows nothing that is older than its subscription: fields that read beside the step may have changed since, and nothing would follow.
 * Undefined: this is no first message.
 */
function beginningOf({ position, members }: Cohort): number | undefined {
  if (position.told) return undefined;
  let latest = Number.NEGATIVE_INFINITY;
  for (const { joinedAt } of members) latest = Math.max(latest, joinedAt);
  return latest;
}

function hasReady({ members }: Cohort): boolean {
  for (const { sink } of members) if (sink.isReady()) return true;
  return false;
}

function keyOf({ cursor, told, note }: Position): string {
  return `${cursor} ${told} ${note}`;
}
