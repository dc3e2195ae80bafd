import { fileMutation, type Mutation } from './mutation.ts';

const capacity = 'src/rates/capacity.ts';
const pipeline = 'src/server/pipeline.ts';
const runPlan = 'src/execution/run-plan.ts';
const unit = (name: string) => `test/unit/${name}.test.ts` as const;

/** What keeps expensive operations of one workspace from slowing those of others. */
export const fairnessMutations: readonly Mutation[] = [
  fileMutation(19, unit('rates/capacity'), 'turns of the owners', 'served in turns', [
    capacity,
    'if (queues.delete(owner)) queues.set(owner, queue);',
    '',
  ]),
  fileMutation(19, unit('rates/capacity'), 'the limit of one owner', 'leaves the rest to the others', [
    capacity,
    'first.weight, limits.perOwner)) continue;',
    'first.weight, limits.total)) continue;',
  ]),
  fileMutation(19, unit('rates/capacity'), 'the end of a wait that is aborted', 'leaves the queue', [
    capacity,
    "      signal.addEventListener('abort', abort, { once: true });\n",
    '',
  ]),
  fileMutation(19, unit('execution/turns'), 'the slices of messages', 'over several turns', [
    'src/execution/turns.ts',
    'spentMs < SLICE_MS && weight < SLICE_WEIGHT',
    'spentMs >= 0',
  ]),
  fileMutation(19, unit('execution/turns'), 'the turns of those who wait for a message', 'served in turns', [
    'src/execution/turns.ts',
    'waiting.delete(owner);\n      if (queue.at < queue.starts.length)',
    'if (queue.at >= queue.starts.length) waiting.delete(owner);\n      else',
  ]),
  fileMutation(
    19,
    'test/integration/stream-limits.test.ts',
    'the limit of subscriptions',
    'so many subscriptions',
    [
      'src/server/bound-subscriptions.ts',
      'if (ofWorkspaces.isFull(workspaceId))',
      'if (workspaceId === NODE)',
    ],
  ),
  fileMutation(19, unit('server/pipeline'), 'the pass of cheap operations', 'cheap ones', [
    pipeline,
    'if (cost <= CHEAP) return',
    'if (cost <= 0) return',
  ]),
  fileMutation(19, unit('server/pipeline'), 'the limit of what waits', 'too many of the workspace wait', [
    pipeline,
    'capacity.isFull(workspaceId)) throw tooManyWait();',
    'capacity.isFull(workspaceId)) void tooManyWait();',
  ]),
  fileMutation(19, unit('server/pipeline'), 'the plan of a document that is new', 'for the first time', [
    pipeline,
    'operation.planFor(variables, context.cost > CHEAP)',
    'operation.planFor(variables)',
  ]),
  fileMutation(19, unit('execution/run-plan'), 'the pauses of an execution', 'over several turns', [
    runPlan,
    'if (nextTurn !== null || inTurn < FIELDS_PER_TURN) return nextTurn;',
    'if (nextTurn !== null || inTurn < Number.POSITIVE_INFINITY) return nextTurn;',
  ]),
  fileMutation(
    19,
    unit('execution/run-plan'),
    'one turn for entries that are read together',
    'read together',
    ['src/execution/plan-operation.ts', 'run.deferred() === deferred && ', ''],
  ),
  fileMutation(19, unit('execution/write-result'), 'the pauses of writing', 'lets others run', [
    'src/execution/write-result.ts',
    'if (values < VALUES_PER_TURN) continue;',
    'if (values < Number.POSITIVE_INFINITY) continue;',
  ]),
  fileMutation(19, unit('server/stream-pieces'), 'the pauses of sending', 'over several turns', [
    'src/server/stream-pieces.ts',
    'if (sent % PIECES_PER_TURN === 0) await turn();',
    'if (sent < 0) await turn();',
  ]),
  fileMutation(19, unit('market/read-candles-in-turns'), 'the turns of computed bars', 'one per turn', [
    'src/market/read-candles.ts',
    'begun = begun.then(() => turn());',
    '',
  ]),
  fileMutation(
    19,
    'test/integration/fair-turns.test.ts',
    'the capacity of one workspace on a node',
    'of which one runs at a time',
    ['src/main/serve-graphql.ts', 'perOwner: MAX_COST', 'perOwner: 2 * MAX_COST'],
  ),
];
