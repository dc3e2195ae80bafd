import { fileMutation, type Mutation } from './mutation.ts';

const of = (
  test: Parameters<typeof fileMutation>[1],
  without: string,
  titled: string,
  ...edits: Mutation['edits'][number][]
) => fileMutation(19, test, without, titled, ...edits);
const keySets = 'test/integration/token-keys.test.ts';
const suspended = 'test/integration/suspended-workspaces.test.ts';
const quotas = 'test/integration/stored-quotas.test.ts';
const operator = 'test/integration/operator-pages.test.ts';
const minted = 'test/integration/minted-keys.test.ts';

/** Protections against privileges that grow. */
export const privilegeMutations: readonly Mutation[] = [
  of(minted, 'a new key has no scope that its maker lacks', 'when it is created', [
    'src/access/issue-keys.ts',
    'const beyond = scopesBeyond(bounds, scopes);',
    'const beyond = scopesBeyond({ ...bounds, scopes: null }, scopes);',
  ]),
  of(minted, 'a key is rotated only by what has its scopes', 'when it replaces another: its secret', [
    'src/access/issue-keys.ts',
    'const beyond = scopesBeyond(bounds, old.scopes);',
    'const beyond = scopesBeyond({ ...bounds, scopes: null }, old.scopes);',
  ]),
  of(
    minted,
    'a new key ends with its maker',
    'a key ends with the credential that makes it > when it is created',
    ['src/access/issue-keys.ts', 'const end = expiresAt ?? bounds.endsAt;', 'const end = expiresAt;'],
  ),
  of(minted, 'a rotated key keeps the expiry', 'when it replaces another, whose expiry it keeps', [
    'src/access/issue-keys.ts',
    'store(tx, { ...old, maker,',
    'store(tx, { ...old, expiresAt: null, maker,',
  ]),
  of(minted, 'a maker that has ended gives nothing', 'when that was revoked after it was admitted', [
    'src/access/bound-keys.ts',
    'key === null || key.revokedAt !== null ||',
    'key === null ||',
  ]),
  of(minted, 'a key ends with the membership of its maker', 'ends with the membership, with what is open', [
    'src/access/key.store.ts',
    'and (${apiKeys.memberSubject} is null or ${workspaceMembers.id} is not null)',
    '',
  ]),
  of(minted, 'the keys of a member’s key are the member’s, too', 'and so do the keys that it makes', [
    'src/access/bound-keys.ts',
    'const member = memberOf(key);',
    'const member = memberOf(null);',
  ]),
  of(minted, 'a key has no scope that its member has lost', 'has the scopes that the member still has', [
    'src/access/admit-callers.ts',
    'memberScopes === null ? toScopes(scopes) :',
    'memberScopes !== null ? toScopes(scopes) :',
  ]),
  of(minted, 'no key is made beside the removal of its member', 'also when both happen at once', [
    'src/access/key.store.ts',
    'select pg_advisory_xact_lock(hashtextextended(${`access ${workspaceId}`}, 0))',
    'select 1',
  ]),
  of(minted, 'the clock of the database judges keys', 'by the clock of the database', [
    'src/access/admit-callers.ts',
    'function isValid({ isValid, endsAtMs }: KnownKey): boolean {\n  return isValid && performance.now() < endsAtMs;',
    'function isValid({ revokedAt, expiresAt }: KnownKey): boolean {\n  return revokedAt === null && (expiresAt === null || expiresAt.getTime() > Date.now());',
  ]),
  of(
    keySets,
    'an unknown key is not judged by an old page',
    'until the page was read after it was seen first',
    [
      'src/access/follow-key-set.ts',
      'if (set.askedAtMs >= at) return null;',
      'if (set.askedAtMs >= 0) return null;',
    ],
  ),
  of(
    'test/integration/members-command.test.ts',
    'webhooks of a member who is removed are disabled',
    'webhooks to addresses of a member',
    ['src/webhooks/disable-webhooks.ts', 'if (!disables) return', 'if (!disables || disables) return'],
  ),
  of(
    'test/integration/members-command.test.ts',
    'the member who gives another address is stored',
    'webhooks to addresses of a member',
    ['src/webhooks/edit-webhook.ts', 'url == null || giver', 'url !== id || giver'],
  ),
  of(
    'test/integration/members-command.test.ts',
    'a key stands for its member',
    'webhooks to addresses of a member',
    ['src/access/bound-keys.ts', 'const member = memberOf(key);', 'const member = memberOf(null);'],
  ),
  of(
    'test/integration/members-command.test.ts',
    'a webhook of a member who is removed meanwhile is rejected',
    'while its member is removed',
    [
      'src/access/bound-keys.ts',
      'bounds.endsAt !== null && bounds.endsAt.getTime() <= now',
      'bounds.endsAt !== null && bounds.endsAt.getTime() < 0 * now',
    ],
  ),
  of(
    'test/integration/origins.test.ts',
    'a page of an allowed origin alone exports and imports',
    'may export and import',
    ['src/server/origins.ts', " && site !== 'none' && !isForeign(request)", " && site !== 'none' && false"],
  ),
  of(
    'test/integration/origins.test.ts',
    'a preflight of an import allows its methods',
    'may export and import',
    ['src/server/origins.ts', "'GET, PUT, DELETE' : 'GET, POST'", "'GET, POST' : 'GET, POST'"],
  ),
  of(
    'test/unit/access/admit-callers.test.ts',
    'tokens that name ever new keys are counted',
    'ever new keys',
    ['src/access/admit-callers.ts', 'error.namesNewKey ? countTry', 'error.namesNewKey && false ? countTry'],
  ),
  of(
    'test/unit/access/admit-callers.test.ts',
    'a token that is shown again is not counted',
    'ever new keys',
    ['src/access/admit-callers.ts', 'error.namesNewKey ? countTry', 'true ? countTry'],
  ),
  of('test/unit/access/admit-callers.test.ts', 'tokens do not fill the log', 'once per interval', [
    'src/access/note-sometimes.ts',
    '    if (now() < nextAt) return;\n',
    '',
  ]),
  of(keySets, 'a name of a key is a string', 'is not a string', [
    'src/access/verify-token.ts',
    "typeof header.kid !== 'string'",
    "typeof header.kid === 'bigint'",
  ]),
  of(
    'test/unit/exports/open-counter.test.ts',
    'a few workspaces leave a place for an export',
    'is for a workspace that holds none',
    ['src/exports/refuse-request.ts', "quotas.ofNode.held('') >= limits.ofNode - 1", 'false'],
  ),
  of(keySets, 'a page of keys is bounded', 'up to 256 KiB', [
    'src/access/load-key-set.ts',
    'if (length > MAX_BYTES)',
    'if (length > 2_000 * MAX_BYTES)',
  ]),
  of(keySets, 'a page of keys is read once for all that wait', 'one at a time', [
    'src/access/follow-key-set.ts',
    'loading ??= load()',
    'loading = load()',
  ]),
  of(keySets, 'a name that was given twice is no refusal', 'keys of one name', [
    'src/access/verify-token.ts',
    'return checkWithEach(token, error);',
    'throw error;',
  ]),
  of(
    'test/integration/webhook-scopes.test.ts',
    'a webhook needs the scope of its data',
    'with the scope of its data only',
    ['src/webhooks/edit-webhook.ts', 'if (!scopes.has(scope))', "if (!scopes.has('admin'))"],
  ),
  of(
    'test/integration/webhook-scopes.test.ts',
    'another address needs the scope of the data',
    'with the scope of its data only',
    ['src/webhooks/edit-webhook.ts', 'const sendsOn = url != null ||', 'const sendsOn ='],
  ),
  of(
    'test/unit/read-secret.test.ts',
    'secrets of a data directory are its owner’s',
    'is rejected at the start',
    ['src/read-secret.ts', 'if ((mode & OTHERS) !== 0)', 'if ((mode & OTHERS) === OTHERS)'],
  ),
  of(
    'test/integration/access.test.ts',
    'an API key does not become the bootstrap key',
    'a BOOTSTRAP_KEY that is an API key',
    ['src/main/open-door.ts', '(await listKeysToProve(db, [keyId])).length === 0', 'keyId.length === 8'],
  ),
  of(
    'test/unit/main/print-line.test.ts',
    'what the commands print is escaped',
    'without anything that a terminal obeys',
    ['src/main/print-line.ts', 'console.log(escapeControls(text));', 'console.log(text);'],
  ),
  of(suspended, 'a suspended workspace admits no key', 'admits no key and no token', [
    'src/access/key.store.ts',
    ' and ${workspaces.suspendedAt} is null',
    '',
  ]),
  of(suspended, 'a suspended workspace admits no token', 'admits no key and no token', [
    'src/access/member.store.ts',
    'isNull(workspaces.suspendedAt)',
    'sql`true`',
  ]),
  of(suspended, 'a suspended workspace starts nothing', 'starts no item', [
    'src/jobs/queue.store.ts',
    ' and suspended_at is null',
    '',
  ]),
  of(suspended, 'a suspended workspace sends nothing', 'sends no messages', [
    'src/webhooks/lease.store.ts',
    'and s.suspended_at is not null)',
    'and s.suspended_at is null and false)',
  ]),
  of(suspended, 'only a suspended workspace is deleted', 'must be suspended', [
    'src/access/suspend-workspace.ts',
    "if (state !== 'SUSPENDED')",
    'if (state.length === 0)',
  ]),
  of('test/unit/quotas.test.ts', 'what is under way counts', 'also at once', [
    'src/quotas/reserve-places.ts',
    'usage.pending += amount;',
    '',
  ]),
  of('test/unit/quotas.test.ts', 'what is stored while a count runs counts', 'while a count runs', [
    'src/quotas/reserve-places.ts',
    'usage.stored -= storedBefore;',
    'usage.stored = 0;',
  ]),
  of(quotas, 'a job needs places', 'queued and scheduled ones together', [
    'src/jobs/submit-job.ts',
    'if (refusal !== null) throw refusal;',
    '',
  ]),
  of(quotas, 'a stored response needs a place', 'a repeat needs no place', [
    'src/idempotency/change-once.ts',
    'if (refusal !== null) throw refusal;',
    '',
  ]),
  of('test/integration/repeats.test.ts', 'a refusal looks for the first answer again', 'is a repeat', [
    'src/idempotency/change-once.ts',
    'if (repeated === null) throw error;\n      return repeated;',
    'throw error;',
  ]),
  of(quotas, 'a key needs a place', 'rotation cannot store without end', [
    'src/access/issue-keys.ts',
    '(await countKeys(tx, workspaceId, COUNTED_DAYS)) < keys',
    'keys > 0',
  ]),
  of(operator, 'the metrics are for the operator', 'no metrics and no details', [
    'src/main/health.ts',
    "'/metrics': reject }",
    "'/metrics': measure }",
  ]),
  of(operator, 'the details of readiness are for the operator', 'no metrics and no details', [
    'src/main/health.ts',
    "'/readyz': readyInPublic,",
    "'/readyz': ready,",
  ]),
  of(minted, 'a use is noted after the secret was compared', 'for the right secret only', [
    'src/access/admit-callers.ts',
    'if (row === null) return null;',
    'if (row === null) return null;\n    noteUse(row);',
  ]),
];
