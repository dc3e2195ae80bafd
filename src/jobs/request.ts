import { InvalidInputError, LimitExceededError } from '../errors.ts';
import { parseKey } from '../idempotency/key.ts';
import { PRIORITY } from './job.ts';

const MAX_DELAY_DAYS = 366;

/** What every submitted job has, whatever its kind. */
export interface AskedRequest {
  readonly source?: string | null | undefined;
  readonly priority?: number | null | undefined;
  readonly idempotencyKey?: string | null | undefined;
  readonly force?: boolean | null | undefined;
  readonly runAt?: Date | null | undefined;
}

export interface CheckedRequest {
  readonly source: string;
  readonly isDemo: boolean;
  readonly priority: number;
  readonly idempotencyKey: string | null;
  readonly force: boolean;
  readonly runAt: Date | null;
}

export interface RequestRules {
  /** Enabled sources: whether their bars are made up, and whether their tickers are those of the workspace. */
  readonly sources: ReadonlyMap<string, { readonly isDemo: boolean; readonly isOwned?: boolean }>;
  readonly defaultSource: string;
}

/** Writes defaults out. Throws InvalidInputError naming the field. */
export function checkRequest(rules: RequestRules, asked: AskedRequest, now: Date): CheckedRequest {
  const idempotencyKey = parseKey(asked.idempotencyKey);
  const priority = asked.priority ?? PRIORITY.default;
  if (priority < PRIORITY.min || priority > PRIORITY.max) {
    throw new InvalidInputError('priority', `priority must be between ${PRIORITY.min} and ${PRIORITY.max}.`);
  }
  const runAt = asked.runAt ?? null;
  if (runAt !== null && runAt.getTime() > now.getTime() + MAX_DELAY_DAYS * 86_400_000) {
    throw new InvalidInputError('runAt', `runAt must lie within ${MAX_DELAY_DAYS} days.`);
  }
  const source = asked.source ?? rules.defaultSource;
  const enabled = rules.sources.get(source);
  if (enabled === undefined) {
    throw new InvalidInputError(
      'source',
      `The source ${source} is not enabled here; enabled are ${[...rules.sources.keys()].join(', ')}.`,
    );
  }
  return { source, isDemo: enabled.isDemo, priority, idempotencyKey, force: asked.force ?? false, runAt };
}

export function checkCount(count: number, limit: number): void {
  if (count > limit) {
    throw new LimitExceededError(limit, `A job has at most ${limit} tickers, not ${count}: split it.`);
  }
}
