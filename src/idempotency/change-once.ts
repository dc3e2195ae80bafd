import type { Target } from '../action.ts';
import { recordChange } from '../audit/record-change.ts';
import { type Db, inTransaction, type Tx } from '../db/client.ts';
import { KeyConflictError, type LimitExceededError } from '../errors.ts';
import type { Hint } from '../events/hint.ts';
import { notifySubscribers } from '../events/publish.ts';
import type { Logger } from '../logger.ts';
import { type Places, reserveAll, responsePlace } from '../quotas/reserve-places.ts';
import { deleteOldAnswers, findAnswer, insertAnswer, lockKey } from './answer.store.ts';
import { hashOf } from './fingerprint.ts';
import { parseKey } from './key.ts';

/** A mutation as it was asked: `input` is what a repeat under the same key must equal, key aside. */
export interface Asked {
  readonly workspaceId: string;
  readonly operation: string;
  readonly input: object & Repeatable;
}

/** A repeat under the same key answers the first answer and changes nothing. */
export interface Repeatable {
  readonly idempotencyKey?: string | null | undefined;
}

/** What a mutation has done: its answer, whom to ring, and what it was done to, for the audit log. */
export interface Done<Answer> {
  readonly answer: Answer;
  readonly hints: readonly Hint[];
  readonly target: Target;
}

type Told<Answer> = Pick<Done<Answer>, 'answer' | 'hints'>;

interface ChangeDeps {
  readonly db: Db;
  readonly log: Logger;
  /** Places for responses; none on the command line, which uses no keys. */
  readonly storedResponses?: Places;
}

/**
 * Runs a mutation in one transaction, records it there, and rings its hints after the commit. Under an idempotency key the answer is stored in that
 * transaction: a repeat answers it again, as JSON gives it back, and changes nothing; another request under the key is a
 * KeyConflictError, and a workspace without a place for the answer gets LimitExceededError. A refusal has changed nothing and is not remembered: a repeat is tried again.
 *
 * Whoever comes while the first is under way waits for its end at the lock of the key, which is taken before any other lock. If the process
 * dies before the commit, change and answer are both absent; if the reply is lost, both are there.
 *
 * `prepare` runs before the transaction, and not for a repeat: what is judged as of now, and what takes a connection of its own, belongs there. A call
 * that began before the first one was committed can be refused there because of what the first one changed (the list is deleted): it is a repeat by then.
 */
export async function changeOnce<Answer>(
  { db, log, storedResponses }: ChangeDeps,
  asked: Asked,
  work: (tx: Tx) => Promise<Done<Answer>>,
  prepare: () => Promise<void> | void = () => undefined,
): Promise<Answer> {
  const { workspaceId, operation } = asked;
  const { idempotencyKey, ...input } = asked.input;
  const key = parseKey(idempotencyKey);
  const requestHash = key === null ? '' : hashOf({ operation, input });

  async function known(executor: Db | Tx): Promise<Told<Answer> | null> {
    const found = key === null ? null : await findAnswer(executor, workspaceId, key);
    if (found === null) return null;
    if (found.requestHash !== requestHash) throw new KeyConflictError();
    return { answer: found.answer as Answer, hints: [] };
  }

  async function change(): Promise<Told<Answer>> {
    const needs = key === null || storedResponses === undefined ? [] : [responsePlace(storedResponses)];
    const reserved = await reserveAll(workspaceId, needs);
    let outcome: 'STORED' | 'NOTHING' = 'NOTHING';
    try {
      // Without a place nothing is prepared either: some preparations are stored.
      const repeated = reserved.refusal === null ? await prepareUnlessRepeated() : null;
      if (repeated !== null) return repeated;
      const told = await store(reserved.refusal);
      outcome = 'STORED';
      return told;
    } finally {
      reserved.end(outcome);
    }
  }

  async function prepareUnlessRepeated(): Promise<Told<Answer> | null> {
    try {
      await prepare();
      return null;
    } catch (error) {
      const repeated = await known(db);
      if (repeated === null) throw error;
      return repeated;
    }
  }

  function store(refusal: LimitExceededError | null): Promise<Told<Answer>> {
    return inTransaction(db, async (tx) => {
      if (key !== null) {
        await lockKey(tx, workspaceId, key);
        const repeated = await known(tx);
        if (repeated !== null) return repeated;
        if (refusal !== null) throw refusal;
      }
      const done = await work(tx);
      const { answer, target } = done;
      await Promise.all([
        key === null ? null : insertAnswer(tx, { workspaceId, key, operation, requestHash, answer }),
        recordChange(tx, target),
      ]);
      return done;
    });
  }

  const { answer, hints } = (await known(db)) ?? (await change());
  // The change is committed whatever becomes of the ring: readers poll.
  await notifySubscribers(db, log, hints);
  return answer;
}

/** Says, behind the lock of the key, that a job has it. Throws KeyConflictError when another kind of mutation has. */
export async function reserveKey(
  tx: Tx,
  workspaceId: string,
  key: string,
  requestHash: string,
): Promise<void> {
  const row = { workspaceId, key, operation: 'submit', requestHash, answer: null };
  if (!(await insertAnswer(tx, row))) throw new KeyConflictError();
}

/** Forgets answers that are older, up to `limit`; answers how many. */
export const pruneAnswers = deleteOldAnswers;
