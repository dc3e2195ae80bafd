import type { Member } from '../access/member.ts';
import { recordChange } from '../audit/record-change.ts';
import type { Tx } from '../db/client.ts';
import { globalId } from './message.ts';
import { disableWebhooksOfMember, listWebhooksOfMember } from './webhook.store.ts';
import type { Webhook } from './webhook.ts';

const REASON = 'The member who gave the address was removed from the workspace.';

/**
 * The webhooks that are not disabled and whose address a member gave who is removed. With `disables` they are disabled in the transaction of the
 * removal, and the audit log has an entry; another administrator can take them up again.
 */
export async function settleWebhooksOfMember(
  tx: Tx,
  who: Pick<Member, 'workspaceId' | 'issuer' | 'subject'>,
  disables: boolean,
): Promise<readonly Webhook[]> {
  if (!disables) return listWebhooksOfMember(tx, who);
  const disabled = await disableWebhooksOfMember(tx, who, REASON);
  if (disabled.length > 0) await recordChange(tx, { type: 'Webhook', ids: disabled.map(({ id }) => id) });
  return disabled;
}

/** A line for people. */
export const describeWebhook = ({ id, event, url }: Webhook): string =>
  `${globalId('Webhook', id)}  ${event}  ${url}`;
