import type { NoteRefusal, Refusal } from '../action.ts';
import type { Db } from '../db/client.ts';
import { isTransient } from '../db/retry.ts';
import type { Logger } from '../logger.ts';
import { countRefusals } from './entry.store.ts';

export interface Refusals {
  readonly note: NoteRefusal;
  /** Stores what is left. */
  close(): Promise<void>;
}

const EVERY_MS = 1_000;
/** Kinds of refusals that are held; more within a second are only counted in the log. */
const MAX_HELD = 1_000;
const MAX_TEXT = 300;

/**
 * Counts refused attempts and stores them once a second, in one statement however many there were: whoever is refused a million times leaves
 * one row per hour, key, action and code, and costs the database nothing more. What a process holds when it is killed is lost; changes never are.
 */
export function createRefusals({ db, log }: { readonly db: Db; readonly log: Logger }): Refusals {
  let held = new Map<string, Refusal & { times: number }>();
  let dropped = 0;
  let storing: Promise<void> | null = null;

  function note(refusal: Refusal): void {
    const { workspaceId, keyId, subject, name, code } = refusal;
    const kind = JSON.stringify([workspaceId, keyId, subject, name, code]);
    const times = (held.get(kind)?.times ?? 0) + 1;
    if (times === 1 && held.size >= MAX_HELD) dropped += 1;
    else held.set(kind, { ...cut(refusal), times });
  }

  async function store(): Promise<void> {
    if (dropped > 0) log.warn({ dropped }, 'refused attempts were of too many kinds to be recorded');
    dropped = 0;
    if (held.size === 0) return;
    const now = held;
    held = new Map();
    try {
      await countRefusals(db, [...now.values()]);
    } catch (error) {
      log.warn({ err: error }, 'refused attempts could not be recorded');
      if (!isTransient(error)) return;
      for (const [kind, refusal] of now) {
        const times = refusal.times + (held.get(kind)?.times ?? 0);
        if (held.size < MAX_HELD || held.has(kind)) held.set(kind, { ...refusal, times });
      }
    }
  }

  const timer = setInterval(() => {
    storing ??= store().finally(() => {
      storing = null;
    });
  }, EVERY_MS);
  timer.unref();
  return {
    note,
    async close() {
      clearInterval(timer);
      await storing;
      await store();
    },
  };
}

/** Names of tokens' subjects and of what was asked for are as long as somebody made them. */
function cut(refusal: Refusal): Refusal {
  const { target } = refusal;
  return {
    ...refusal,
    subject: refusal.subject.replaceAll('\0', '').slice(0, MAX_TEXT),
    target: target === null ? null : { ...target, ids: target.ids.map((id) => id.slice(0, MAX_TEXT)) },
  };
}
