import { InvalidInputError } from '../errors.ts';
import { builder } from '../graphql/builder.ts';
import { objectId } from '../graphql/object-id.ts';
import { resolveNewestFirst } from '../graphql/pages.ts';
import { parseUuid } from '../uuid.ts';
import { listEntries } from './entry.store.ts';
import type { AuditEntry, AuditFilter } from './entry.ts';

const AuditEntryRef = builder.objectRef<AuditEntry>('AuditEntry').implement({
  scope: 'admin',
  description:
    'A change or a rejected attempt in the workspace. Entries are kept for `AUDIT_RETENTION_DAYS` days; entries of changes are never modified.',
  fields: (t) => ({
    id: t.field(objectId('AuditEntry', ({ id }: AuditEntry) => [id])),
    uuid: t.field({
      type: 'UUID',
      description: 'UUID of the entry; newer entries have larger UUIDs.',
      resolve: ({ id }) => id,
    }),
    action: t.exposeString('action', {
      description:
        'Name of the mutation, `export.<name>`, or `keys.<command>` and `members.<command>` for the command line. Rejected attempts may also have the name of a query or subscription field, or `authenticate`.',
    }),
    keyId: t.exposeString('keyId', {
      nullable: true,
      description: 'Id of the API key that acted; null when no API key was used.',
    }),
    subject: t.exposeString('subject', {
      description: 'Name of the key, subject of the token, or `command line`.',
    }),
    targetType: t.exposeString('targetType', {
      nullable: true,
      description:
        'Type of the object acted on: Job, Watchlist, Webhook, ApiKey, Member, Queue, Workspace or Export. Null when there is none.',
    }),
    targetIds: t.exposeStringList('targetIds', {
      description:
        'Ids of the objects acted on: UUIDs, key ids or subjects. For a key rotation the old and the new key id; for an export its name and filter.',
    }),
    outcome: t.exposeString('outcome', {
      description: 'OK when the change was made, otherwise the code of the error.',
    }),
    correlationId: t.exposeString('correlationId', {
      nullable: true,
      description:
        'Correlation id of the request: the header X-Request-Id, also shown in masked errors and in the log. The last one of several attempts; null when there is none.',
    }),
    address: t.exposeString('address', {
      nullable: true,
      description:
        'IP address from which the request came; behind a proxy the address of the proxy. Null when there is none.',
    }),
    times: t.exposeInt('times', {
      description:
        'Number of attempts in the entry: 1 for a change. Rejected attempts of one key, action and code within one hour share an entry.',
    }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      description: 'Time of the change, or of the first of several rejected attempts.',
    }),
    lastAt: t.expose('lastAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Time of the last of several rejected attempts; null when there is only one.',
    }),
  }),
});

const AuditFilterInput = builder.inputType('AuditFilter', {
  description: 'Conditions on the audit entries to list; all conditions must hold.',
  fields: (t) => ({
    actions: t.stringList({ description: 'Only entries with one of these actions, at most 50.' }),
    keyId: t.string({ description: 'Only entries of this API key (`keyId`).' }),
    target: t.string({
      description: 'Only entries that act on this object: a global id, a UUID or the id of a key.',
    }),
    refused: t.boolean({
      description: 'True: only rejected attempts. False: only changes that were made. Null: both.',
    }),
    from: t.field({ type: 'DateTime', description: 'Only entries created at this time or later.' }),
    to: t.field({ type: 'DateTime', description: 'Only entries created before this time.' }),
  }),
});

builder.queryFields((t) => ({
  auditEntries: t.connection(
    {
      scope: 'admin',
      type: AuditEntryRef,
      description: 'Audit log of the workspace, newest entries first.',
      args: {
        filter: t.arg({
          type: AuditFilterInput,
          description: 'Conditions on the audit entries; default: all entries.',
        }),
      },
      complexity: (args) => ({ field: 1, multiplier: args.first ?? args.last ?? 20 }),
      resolve: (_root, args, { db, access }) => {
        const filter = toFilter(args.filter ?? {});
        return resolveNewestFirst(args, (page) => listEntries(db, access.workspaceId, filter, page));
      },
    },
    { description: 'A page of the audit log.' },
    { description: 'An audit entry with its cursor.' },
  ),
}));

const MAX_ACTIONS = 50;

function toFilter(filter: {
  readonly actions?: readonly string[] | null | undefined;
  readonly keyId?: string | null | undefined;
  readonly target?: string | null | undefined;
  readonly refused?: boolean | null | undefined;
  readonly from?: Date | null | undefined;
  readonly to?: Date | null | undefined;
}): AuditFilter {
  const { actions, keyId, target, refused, from, to } = filter;
  if ((actions?.length ?? 0) > MAX_ACTIONS)
    throw new InvalidInputError('filter.actions', `Ask for at most ${MAX_ACTIONS} actions.`);
  return {
    actions: actions ?? undefined,
    keyId: keyId ?? undefined,
    targetId: target == null ? undefined : toTargetId(target),
    refused: refused ?? undefined,
    from: from ?? undefined,
    to: to ?? undefined,
  };
}

/** Entries hold ids as they are in the database. */
function toTargetId(text: string): string {
  const [, id = ''] = Buffer.from(text, 'base64').toString().split(':');
  return parseUuid(id) ?? parseUuid(text) ?? text;
}
