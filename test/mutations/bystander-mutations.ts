import { fileMutation, type Mutation } from './mutation.ts';

/** Isolation of workspaces that only a bystander (`test/support/bystander.ts`), or a job of a second workspace, notices in these tests. */
export const bystanderMutations: readonly Mutation[] = [
  fileMutation(
    16,
    'test/integration/sse.test.ts',
    'followers of a bystander whose log is read beside one that cannot be parsed',
    'an error that ends a stream',
    [
      'src/events/load-apart.ts',
      'some.length === 1 || timeoutsLeft < 0 || isEverybodys(error)',
      'some.length > 0',
    ],
  ),
  fileMutation(
    19,
    'test/integration/workspace-quotas.test.ts',
    'reads of a bystander beside edits that wait for a lock',
    'leave a bystander its reads',
    [
      'src/db/workspaces.ts',
      'createLender(own.pool, { role: ROLES.api, workspaceId }, quotas)',
      'createLender(own.pool, { role: ROLES.api, workspaceId })',
    ],
  ),
  fileMutation(
    19,
    'test/integration/protocol.test.ts',
    'sockets of a bystander that are counted by their own address',
    'an address may hold so many sockets',
    [
      'src/sockets/serve-sockets.ts',
      'connections.isFull(limitAddressOf(addressOf(req)))',
      "connections.isFull(limitAddressOf(addressOf(req)) && 'one for all')",
    ],
    [
      'src/sockets/serve-sockets.ts',
      'connections.take(limitAddressOf(addressOf(request)))',
      "connections.take(limitAddressOf(addressOf(request)) && 'one for all')",
    ],
  ),
  fileMutation(
    15,
    'test/integration/worker-faults.test.ts',
    'the attempt of another workspace in a worker that an uncaught exception ends',
    'an uncaught exception of an item ends its worker',
    [
      'src/jobs/run-item.ts',
      '    return null;\n  };',
      "    return failureOf(item, new Error('stopped'), log);\n  };",
    ],
  ),
  fileMutation(
    19,
    'test/integration/rates.test.ts',
    'points of a bystander that nobody else spends',
    'let no more through together',
    ['src/rates/rate.ts', '=> workspaceId;', "=> workspaceId && 'one for all';"],
  ),
];
