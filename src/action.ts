import { AsyncLocalStorage } from 'node:async_hooks';

/** Who does something, and what. */
export interface Action {
  readonly workspaceId: string;
  /** Null: not by an API key. */
  readonly keyId: string | null;
  /** Name of the key, subject of the token, or `command line`. */
  readonly subject: string;
  /** Name of the mutation or root field, `export.<name>`, `keys.<command>`, `members.<command>` or `authenticate`. */
  readonly name: string;
  /** Of the request: masked errors, the log and the answer's X-Request-Id show the same. */
  readonly correlationId: string | null;
  readonly address: string | null;
}

/** What was acted on: the type's name in the API, and ids without it: UUIDs or ids of keys. */
export interface Target {
  readonly type: string;
  readonly ids: readonly string[];
}

/** An attempt that changed nothing. `code` says why. */
export interface Refusal extends Action {
  readonly code: string;
  readonly target: Target | null;
}

/** Notes a refused attempt; it is stored within a second or so, and never held up for. */
export type NoteRefusal = (refusal: Refusal) => void;

const actions = new AsyncLocalStorage<Action>();

/** Runs what belongs to an action: a change that it makes is recorded as its own. */
export function inAction<T>(action: Action, work: () => T): T {
  return actions.run(action, work);
}

/** Null: nobody asked for it, such as the work of the engine. */
export function currentAction(): Action | null {
  return actions.getStore() ?? null;
}
