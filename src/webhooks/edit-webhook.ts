import { v7 as uuidv7 } from 'uuid';
import { type Asked, changeOnce, type Repeatable } from '../answers/change-once.ts';
import type { Db, Executor, Tx } from '../db/client.ts';
import { InvalidInputError, LimitExceededError, NotFoundError, SecretToldError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { globalId } from './message.ts';
import { newSecret } from './signature.ts';
import { parseTarget, type TargetPolicy } from './target.ts';
import {
  changeWebhook,
  countWebhooks,
  deleteWebhook as deleteHook,
  findHead,
  findWebhook,
  insertWebhook,
  lockWebhooks,
  moveWebhook,
  rotateSecret,
  supersedePending,
} from './webhook.store.ts';
import {
  decodeCursor,
  MAX_OVERLAP_HOURS,
  MAX_WEBHOOKS,
  parseDescription,
  type Webhook,
  type WebhookEvent,
} from './webhook.ts';

interface Deps {
  readonly db: Db;
  readonly log: Logger;
  readonly webhookPolicy: TargetPolicy;
}

type Start = 'NOW' | 'OLDEST';

const hookTarget = (id: string) => ({ type: 'Webhook', ids: [id] });

/** The webhook with its secret, which is not told again. */
export interface WithSecret {
  readonly webhook: Webhook;
  readonly secret: string;
}

/** A change as it was asked. `filter` is what a repeat is told by; `toFilter` makes what is stored of it. */
interface Request extends Repeatable {
  readonly filter?: object | null | undefined;
}
type ToFilter = () => Promise<object>;

/** Throws SecretToldError under an idempotency key that has made a webhook: its secret was told then. */
export async function createWebhook(
  deps: Deps,
  workspaceId: string,
  input: Request & {
    readonly url: string;
    readonly description: string;
    readonly event: WebhookEvent;
    readonly from: Start;
  },
  toFilter: ToFilter,
): Promise<WithSecret> {
  const { event, from } = input;
  const secret = newSecret();
  const values = { url: '', description: '', filter: {} };
  return tellOnce(
    deps,
    { workspaceId, operation: 'createWebhook', input },
    secret,
    async (tx) => {
      await lockWebhooks(tx, workspaceId);
      if ((await countWebhooks(tx, workspaceId)) >= MAX_WEBHOOKS)
        throw new LimitExceededError(MAX_WEBHOOKS, `A workspace has at most ${MAX_WEBHOOKS} webhooks.`);
      const position = from === 'OLDEST' ? 0 : await findHead(tx, workspaceId, event);
      return insertWebhook(tx, { id: uuidv7(), workspaceId, ...values, event, position, secret });
    },
    async () => {
      if (input.filter != null && event !== 'ANALYSIS_STORED') throw filterOutOfPlace();
      values.url = parseTarget(input.url, deps.webhookPolicy).href;
      values.description = parseDescription(input.description);
      values.filter = await toFilter();
    },
  );
}

export async function updateWebhook(
  deps: Deps,
  workspaceId: string,
  input: Request & {
    readonly id: string;
    readonly url?: string | null | undefined;
    readonly description?: string | null | undefined;
    readonly active?: boolean | null | undefined;
  },
  toFilter: ToFilter,
): Promise<Webhook> {
  const { id, url, description, active } = input;
  let values: Parameters<typeof changeWebhook>[3] = {};
  await changeOnce(
    deps,
    { workspaceId, operation: 'updateWebhook', input },
    async (tx) => {
      const webhook = await getWebhook(tx, workspaceId, id);
      if (input.filter != null && webhook.event !== 'ANALYSIS_STORED') throw filterOutOfPlace();
      found(await changeWebhook(tx, workspaceId, id, values), id);
      return { answer: null, hints: [], target: hookTarget(id) };
    },
    async () => {
      values = {
        ...(url != null && { url: parseTarget(url, deps.webhookPolicy).href }),
        ...(description != null && { description: parseDescription(description) }),
        ...(input.filter != null && { filter: await toFilter() }),
        ...(active != null && { state: active ? ('ACTIVE' as const) : ('PAUSED' as const) }),
      };
    },
  );
  return getWebhook(deps.db, workspaceId, id);
}

/**
 * A new secret. The old one signs beside it for `overlapHours`, so that the receiver can take the new one without losing a message. Repeats as
 * `createWebhook`.
 */
export async function rotateWebhookSecret(
  deps: Deps,
  workspaceId: string,
  input: { readonly id: string; readonly overlapHours: number } & Repeatable,
): Promise<WithSecret> {
  const { id, overlapHours } = input;
  if (!(overlapHours >= 0 && overlapHours <= MAX_OVERLAP_HOURS))
    throw new InvalidInputError('overlapHours', `An overlap is 0 to ${MAX_OVERLAP_HOURS} hours.`);
  const secret = newSecret();
  return tellOnce(deps, { workspaceId, operation: 'rotateWebhookSecret', input }, secret, async (tx) =>
    found(await rotateSecret(tx, workspaceId, id, secret, overlapHours), id),
  );
}

/** The stored answer is the webhook's id: its secret leaves this process with the answer of the call that made it. */
async function tellOnce(
  deps: Deps,
  asked: Asked,
  secret: string,
  work: (tx: Tx) => Promise<Webhook>,
  prepare?: () => Promise<void>,
): Promise<WithSecret> {
  let made: Webhook | null = null;
  const call = uuidv7();
  const { id, by } = await changeOnce(
    deps,
    asked,
    async (tx) => {
      made = await work(tx);
      return { answer: { id: made.id, by: call }, hints: [], target: hookTarget(made.id) };
    },
    prepare,
  );
  if (made === null || by !== call) throw new SecretToldError(globalId('Webhook', id));
  return { webhook: made, secret };
}

/** Sends again what follows a cursor, or everything that is left. The message under way is given up. */
export async function replayWebhook(
  deps: Deps,
  workspaceId: string,
  input: { readonly id: string; readonly after: string | null } & Repeatable,
): Promise<Webhook> {
  const { id, after } = input;
  await changeOnce(deps, { workspaceId, operation: 'replayWebhook', input }, async (tx) => {
    const { event } = await getWebhook(tx, workspaceId, id);
    const to = after === null ? 0 : decodeCursor(event, after);
    const head = await findHead(tx, workspaceId, event);
    if (to > head) throw new InvalidInputError('after', 'The cursor is behind the end of the log.');
    found(await moveWebhook(tx, workspaceId, id, to), id);
    await supersedePending(tx, workspaceId, id);
    return { answer: null, hints: [], target: hookTarget(id) };
  });
  return getWebhook(deps.db, workspaceId, id);
}

export async function deleteWebhook(
  deps: Deps,
  workspaceId: string,
  input: { readonly id: string } & Repeatable,
): Promise<void> {
  await changeOnce(deps, { workspaceId, operation: 'deleteWebhook', input }, async (tx) => {
    if (!(await deleteHook(tx, workspaceId, input.id)))
      throw new NotFoundError(`There is no webhook ${input.id}.`);
    return { answer: null, hints: [], target: hookTarget(input.id) };
  });
}

const filterOutOfPlace = () =>
  new InvalidInputError('filter', 'Only webhooks of ANALYSIS_STORED have a filter.');

async function getWebhook(tx: Executor, workspaceId: string, id: string): Promise<Webhook> {
  return found(await findWebhook(tx, workspaceId, id), id);
}

function found(webhook: Webhook | null, id: string): Webhook {
  if (webhook === null) throw new NotFoundError(`There is no webhook ${id}.`);
  return webhook;
}
