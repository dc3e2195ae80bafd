import { InvalidInputError } from '../errors.ts';
import { builder } from '../graphql/builder.ts';
import { resolveNewestFirst } from '../graphql/pages.ts';
import { parseUuid } from '../uuid.ts';
import { listEntries } from './entry.store.ts';
import type { AuditEntry, AuditFilter } from './entry.ts';

const AuditEntryRef = builder.objectRef<AuditEntry>('AuditEntry').implement({
  scope: 'admin',
  description: 'Who did what, or was refused. It is kept for `AUDIT_RETENTION_DAYS` and never changed.',
  fields: (t) => ({
    uuid: t.field({
      type: 'UUID',
      description: 'UUID of the entry; newer ones are larger.',
      resolve: ({ id }) => id,
    }),
    action: t.exposeString('action', {
      description:
        'Name of the mutation; `export.<name>`; `keys.<command>` and `members.<command>` of the command line; for refusals also the name of a root field, or `authenticate`.',
    }),
    keyId: t.exposeString('keyId', { nullable: true, description: 'Id of the API key; null: not by a key.' }),
    subject: t.exposeString('subject', {
      description: 'Name of the key, subject of the token, or `command line`.',
    }),
    targetType: t.exposeString('targetType', {
      nullable: true,
      description: 'What was acted on: Job, Watchlist, Webhook, ApiKey, Member, Queue, Workspace or Export.',
    }),
    targetIds: t.exposeStringList('targetIds', {
      description:
        'Its UUID, key id or subject, of a rotation the old and the new one, of an export its name and filter.',
    }),
    outcome: t.exposeString('outcome', { description: 'OK: it was done. Else the code of the refusal.' }),
    correlationId: t.exposeString('correlationId', {
      nullable: true,
      description:
        'Of the request: its X-Request-Id, and what masked errors and the log show. Of several, the last.',
    }),
    address: t.exposeString('address', {
      nullable: true,
      description: 'Where the request came from; behind a proxy, the proxy.',
    }),
    times: t.exposeInt('times', {
      description:
        '1 of what was done. Refusals of one key, action and code are one entry per hour, which counts them.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was, or the first of them.' }),
    lastAt: t.expose('lastAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the last of several refusals was.',
    }),
  }),
});

const AuditFilterInput = builder.inputType('AuditFilter', {
  description: 'Which entries to list.',
  fields: (t) => ({
    actions: t.stringList({ description: 'With one of these actions, at most 50.' }),
    keyId: t.string({ description: 'By this API key.' }),
    target: t.string({ description: 'Acting on this: a global id, a UUID or the id of a key.' }),
    refused: t.boolean({ description: 'True: refused attempts only; false: only what was done.' }),
    from: t.field({ type: 'DateTime', description: 'Then or later; of refusals the first counts.' }),
    to: t.field({ type: 'DateTime', description: 'Before then.' }),
  }),
});

builder.queryFields((t) => ({
  auditEntries: t.connection(
    {
      scope: 'admin',
      type: AuditEntryRef,
      description: 'Who did what in the workspace, the newest first.',
      args: { filter: t.arg({ type: AuditFilterInput, description: 'Only these.' }) },
      complexity: (args) => ({ field: 1, multiplier: args.first ?? args.last ?? 20 }),
      resolve: (_root, args, { db, access }) => {
        const filter = toFilter(args.filter ?? {});
        return resolveNewestFirst(args, (page) => listEntries(db, access.workspaceId, filter, page));
      },
    },
    { description: 'A page of the audit log.' },
    { description: 'An entry with its cursor.' },
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
