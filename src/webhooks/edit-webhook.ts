import { v7 as uuidv7 } from 'uuid';
import { type Db, inTransaction, type Tx } from '../db/client.ts';
import { InvalidInputError, LimitExceededError, NotFoundError } from '../errors.ts';
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
  readonly webhookPolicy: TargetPolicy;
}

type Start = 'NOW' | 'OLDEST';

/** The webhook with its secret, which is not told again. */
export interface WithSecret {
  readonly webhook: Webhook;
  readonly secret: string;
}

export async function createWebhook(
  { db, webhookPolicy }: Deps,
  workspaceId: string,
  input: {
    readonly url: string;
    readonly description: string;
    readonly event: WebhookEvent;
    readonly filter: object;
    readonly from: Start;
  },
): Promise<WithSecret> {
  const { event, filter, from } = input;
  const url = parseTarget(input.url, webhookPolicy).href;
  const description = parseDescription(input.description);
  const secret = newSecret();
  const webhook = await inTransaction(db, async (tx) => {
    await lockWebhooks(tx, workspaceId);
    if ((await countWebhooks(tx, workspaceId)) >= MAX_WEBHOOKS)
      throw new LimitExceededError(MAX_WEBHOOKS, `A workspace has at most ${MAX_WEBHOOKS} webhooks.`);
    const position = from === 'OLDEST' ? 0 : await findHead(tx, workspaceId, event);
    return insertWebhook(tx, {
      id: uuidv7(),
      workspaceId,
      url,
      description,
      event,
      filter,
      position,
      secret,
    });
  });
  return { webhook, secret };
}

export async function updateWebhook(
  { db, webhookPolicy }: Deps,
  workspaceId: string,
  id: string,
  change: {
    readonly url?: string | undefined;
    readonly description?: string | undefined;
    readonly filter?: object | undefined;
    readonly active?: boolean | undefined;
  },
): Promise<Webhook> {
  const { url, description, filter, active } = change;
  const values = {
    ...(url !== undefined && { url: parseTarget(url, webhookPolicy).href }),
    ...(description !== undefined && { description: parseDescription(description) }),
    ...(filter !== undefined && { filter }),
    ...(active !== undefined && { state: active ? ('ACTIVE' as const) : ('PAUSED' as const) }),
  };
  return inTransaction(db, async (tx) => {
    const webhook = await getWebhook(tx, workspaceId, id);
    if (filter !== undefined && webhook.event !== 'ANALYSIS_STORED')
      throw new InvalidInputError('filter', 'Only webhooks of ANALYSIS_STORED have a filter.');
    return found(await changeWebhook(tx, workspaceId, id, values), id);
  });
}

/** A new secret. The old one signs beside it for `overlapHours`, so that the receiver can take the new one without losing a message. */
export async function rotateWebhookSecret(
  { db }: Deps,
  workspaceId: string,
  id: string,
  overlapHours: number,
): Promise<WithSecret> {
  if (!(overlapHours >= 0 && overlapHours <= MAX_OVERLAP_HOURS))
    throw new InvalidInputError('overlapHours', `An overlap is 0 to ${MAX_OVERLAP_HOURS} hours.`);
  const secret = newSecret();
  const webhook = await inTransaction(db, (tx) => rotateSecret(tx, workspaceId, id, secret, overlapHours));
  return { webhook: found(webhook, id), secret };
}

/** Sends again what follows a cursor, or everything that is left. The message under way is given up. */
export async function replayWebhook(
  { db }: Deps,
  workspaceId: string,
  id: string,
  after: string | null,
): Promise<Webhook> {
  return inTransaction(db, async (tx) => {
    const { event } = await getWebhook(tx, workspaceId, id);
    const to = after === null ? 0 : decodeCursor(event, after);
    const head = await findHead(tx, workspaceId, event);
    if (to > head) throw new InvalidInputError('after', 'The cursor is behind the end of the log.');
    const webhook = found(await moveWebhook(tx, workspaceId, id, to), id);
    await supersedePending(tx, id);
    return webhook;
  });
}

export async function deleteWebhook({ db }: Deps, workspaceId: string, id: string): Promise<void> {
  const gone = await inTransaction(db, (tx) => deleteHook(tx, workspaceId, id));
  if (!gone) throw new NotFoundError(`There is no webhook ${id}.`);
}

async function getWebhook(tx: Tx, workspaceId: string, id: string): Promise<Webhook> {
  return found(await findWebhook(tx, workspaceId, id), id);
}

function found(webhook: Webhook | null, id: string): Webhook {
  if (webhook === null) throw new NotFoundError(`There is no webhook ${id}.`);
  return webhook;
}
