import { fileMutation, type Mutation } from './mutation.ts';

const PYTHON = 'test/integration/example-python.test.ts';

export const exampleMutations: readonly Mutation[] = [
  fileMutation(16, PYTHON, 'the cursor after which a stream continues', 'submits once and delivers', [
    'examples/python/thetool.py',
    'after, failures = batch["cursor"], 0',
    'failures = 0',
  ]),
  fileMutation(16, PYTHON, 'the position after which a cut export continues', 'exports every row once', [
    'examples/python/thetool.py',
    'after = part["after"] if part["after"] is not None else after',
    'pass',
  ]),
];
