import { holdCredential } from '../access/bound-keys.ts';
import type { Access } from '../access.ts';
import type { Db, Executor, Tx } from '../db/client.ts';
import {
  ForbiddenError,
  InvalidInputError,
  LimitExceededError,
  NotFoundError,
  SecretToldError,
} from '../errors.ts';
import { type Asked, changeOnce, type Repeatable } from '../idempotency/change-once.ts';
import type { Logger } from '../logger.ts';
import { parseDescription } from '../name.ts';
import { defaultQuotas, type Quotas } from '../quotas/quota.ts';
import type { Places } from '../quotas/reserve-places.ts';
import { newId } from '../uuid.ts';
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
  eventScopes,
  MAX_DESCRIPTION,
  MAX_OVERLAP_HOURS,
  type Webhook,
  type WebhookEvent,
} from './webhook.ts';

interface Deps {
  readonly db: Db;
  readonly log: Logger;
  readonly webhookPolicy: TargetPolicy;
  readonly quotas?: Quotas;
  readonly storedResponses?: Places;
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

/** A webhook sends data to an address that its creator chooses, so creating one needs the scope of that data. */
function requireScope({ scopes }: Caller, event: WebhookEvent): void {
  const scope = eventScopes[event];
  if (!scopes.has(scope))
    throw new ForbiddenError(
      `Messages of ${event} require the scope ${scope}: use a credential that has it.`,
    );
}

type Caller = Access;

/** Throws SecretToldError under an idempotency key that has made a webhook: its secret was told then. */
export async function createWebhook(
  deps: Deps,
  caller: Caller,
  input: Request & {
    readonly url: string;
    readonly description: string;
    readonly event: WebhookEvent;
    readonly from: Start;
  },
  toFilter: ToFilter,
): Promise<WithSecret> {
  const { workspaceId } = caller;
  const { event, from } = input;
  requireScope(caller, event);
  const secret = newSecret();
  const values = { url: '', description: '', filter: {} };
  return tellOnce(
    deps,
    { workspaceId, operation: 'createWebhook', input },
    secret,
    async (tx) => {
      await lockWebhooks(tx, workspaceId);
      const { webhooks } = deps.quotas ?? defaultQuotas;
      if ((await countWebhooks(tx, workspaceId)) >= webhooks)
        throw new LimitExceededError(webhooks, `A workspace has at most ${webhooks} webhooks.`);
      const position = from === 'OLDEST' ? 0 : await findHead(tx, workspaceId, event);
      const { member } = await holdCredential(tx, caller);
      return insertWebhook(tx, { id: newId(), workspaceId, ...values, event, position, secret, member });
    },
    async () => {
      if (input.filter != null && event !== 'ANALYSIS_STORED') throw filterOutOfPlace();
      values.url = parseTarget(input.url, deps.webhookPolicy).href;
      values.description = parseDescription(input.description, MAX_DESCRIPTION);
      values.filter = await toFilter();
    },
  );
}

export async function updateWebhook(
  deps: Deps,
  caller: Caller,
  input: Request & {
    readonly id: string;
    readonly url?: string | null | undefined;
    readonly description?: string | null | undefined;
    readonly active?: boolean | null | undefined;
  },
  toFilter: ToFilter,
): Promise<Webhook> {
  const { workspaceId } = caller;
  const { id, url, description, active } = input;
  const sendsOn = url != null || input.filter != null || active === true;
  let values: Parameters<typeof changeWebhook>[3] = {};
  await changeOnce(
    deps,
    { workspaceId, operation: 'updateWebhook', input },
    async (tx) => {
      const webhook = await getWebhook(tx, workspaceId, id);
      if (sendsOn) requireScope(caller, webhook.event);
      if (input.filter != null && webhook.event !== 'ANALYSIS_STORED') throw filterOutOfPlace();
      const giver = sendsOn ? await holdCredential(tx, caller) : null;
      const given = url == null || giver === null ? {} : { member: giver.member };
      found(await changeWebhook(tx, workspaceId, id, { ...values, ...given }), id);
      return { answer: null, hints: [], target: hookTarget(id) };
    },
    async () => {
      values = {
        ...(url != null && { url: parseTarget(url, deps.webhookPolicy).href }),
        ...(description != null && { description: parseDescription(description, MAX_DESCRIPTION) }),
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
    throw new InvalidInputError('overlapHours', `overlapHours must be between 0 and ${MAX_OVERLAP_HOURS}.`);
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
  const call = newId();
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
  caller: Caller,
  input: { readonly id: string; readonly after: string | null } & Repeatable,
): Promise<Webhook> {
  const { workspaceId } = caller;
  const { id, after } = input;
  await changeOnce(deps, { workspaceId, operation: 'replayWebhook', input }, async (tx) => {
    const { event } = await getWebhook(tx, workspaceId, id);
    requireScope(caller, event);
    const to = after === null ? 0 : decodeCursor(event, after);
    const head = await findHead(tx, workspaceId, event);
    if (to > head)
      throw new InvalidInputError(
        'after',
        'The cursor is after the end of the log: pass a cursor that the API returned.',
      );
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
  new InvalidInputError('filter', 'Only webhooks of ANALYSIS_STORED have a filter: leave filter out.');

async function getWebhook(tx: Executor, workspaceId: string, id: string): Promise<Webhook> {
  return found(await findWebhook(tx, workspaceId, id), id);
}

function found(webhook: Webhook | null, id: string): Webhook {
  if (webhook === null) throw new NotFoundError(`There is no webhook ${id}.`);
  return webhook;
}
