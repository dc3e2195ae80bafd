import { fileMutation, type Mutation, wallMutation } from './mutation.ts';

const walls = 'drizzle/0020_row_level_security.sql';
const lend = 'src/db/lend.ts';
const jobStore = 'src/jobs/job.store.ts';
const results = 'src/analyses/analysis.store.ts';

/** Row 14: what keeps workspaces apart. */
export const wallMutations: readonly Mutation[] = [
  wallMutation('row-level-security', 'policies that compare workspaces', 'reads no row', [
    walls,
    'TO thetool_api USING (%I = %s)',
    'TO thetool_api USING (%I = %s or true)',
  ]),
  wallMutation('row-level-security', 'policies of what belongs to a row', 'reads no row', [
    walls,
    'p.workspace_id = %4$s))',
    'p.workspace_id = %4$s) or true)',
  ]),
  wallMutation('row-level-security', 'a policy for each table', 'belongs to nobody', [
    walls,
    ', "api_keys": "workspace_id",',
    ',',
  ]),
  wallMutation('row-level-security', 'the view that reads as its reader', 'reads as its owner', [
    walls,
    'SET (security_invoker = true)',
    'SET (security_invoker = false)',
  ]),
  wallMutation('row-level-security', 'the setting of a connection to its borrower', 'never mixed up', [
    lend,
    'if (sessions.get(client) === wanted) return client;',
    'if (sessions.has(client)) return client;',
  ]),
  wallMutation('row-level-security', 'the end of a connection whose setting was refused', 'not kept', [
    lend,
    '    } catch (error) {\n      client.release(true);\n      throw error;\n    }\n    sessions',
    '    } catch {\n      // Never mind.\n    }\n    sessions',
  ]),
  wallMutation('row-level-security', 'the preference for a connection that is set already', 'and none when', [
    lend,
    '    preferIdle(pool, wanted);\n',
    '',
  ]),
  wallMutation('row-level-security', 'the workspace of a log that is followed', 'what subscribers share', [
    'src/events/event-log.store.ts',
    'where id = c.job_id and workspace_id = c.workspace_id limit 1',
    'where id = c.job_id limit 1',
  ]),
  wallMutation('roles', 'the second try when databases collide', 'at the same moment', [
    'src/db/provide-roles.ts',
    "['42710', '23505', 'XX000', '40001']",
    '[]',
  ]),
  wallMutation('roles', 'the refusal of a role that passes over policies', 'not accepted', [
    'src/db/provide-roles.ts',
    '    if (free)',
    '    if (free && name === undefined)',
  ]),
  wallMutation('tenancy', 'the filter of jobs', 'a foreign id is answered', [
    jobStore,
    'where j.workspace_id = $1 and j.id = any($2::uuid[])',
    'where (j.workspace_id = $1 or true) and j.id = any($2::uuid[])',
  ]),
  wallMutation('tenancy', 'the filter of results', 'a foreign id is answered', [
    results,
    'offset 0) as a where a.workspace_id = $1',
    'offset 0) as a where (a.workspace_id = $1 or true)',
  ]),
  wallMutation('tenancy', 'the workspace of what documents run on', 'a foreign id is answered', [
    'src/db/workspaces.ts',
    'role: ROLES.api, workspaceId',
    'role: ROLES.worker, workspaceId',
  ]),
  fileMutation(
    19,
    'test/integration/workspace-quotas.test.ts',
    'the connections of a workspace at a time',
    'leave connections to the other workspaces',
    [
      'src/db/workspaces.ts',
      'createLender(own.pool, { role: ROLES.api, workspaceId }, quotas)',
      'createLender(own.pool, { role: ROLES.api, workspaceId })',
    ],
  ),
  fileMutation(
    19,
    'test/unit/db/quotas.test.ts',
    'the end of a wait for a connection',
    'a caller that gave up',
    ['src/db/quotas.ts', 'waiting.delete(next);', ''],
  ),
  fileMutation(
    19,
    'test/integration/webhook-failures.test.ts',
    'the slots that a workspace alone leaves',
    'leave room for a workspace that comes later',
    ['src/webhooks/deliver-webhooks.ts', 'const QUOTA_ALONE = SLOTS / 2;', 'const QUOTA_ALONE = SLOTS;'],
  ),
  fileMutation(
    19,
    'test/integration/webhook-failures.test.ts',
    'the webhooks under way in the quota',
    'are a quarter of one workspace at most',
    ['src/webhooks/lease.store.ts', 'coalesce(b.n, 0) + row_number()', 'row_number()'],
  ),
];
