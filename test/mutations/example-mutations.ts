import { fileMutation, type Mutation } from './mutation.ts';

const PYTHON = 'test/integration/example-python.test.ts';
const SYNC = 'test/integration/example-sync.test.ts';
const RECEIVER = 'test/integration/example-webhook-receiver.test.ts';

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
  fileMutation(16, SYNC, 'the stored cursor of the TypeScript program', 'stores every result once', [
    'examples/sync-results/sync.ts',
    'const after = position === undefined ? null : String(position.cursor);',
    'const after = null;',
  ]),
  fileMutation(16, SYNC, 'the stored cursor of the Python program', 'stores every result once', [
    'examples/sync-results/sync.py',
    'row and row[0]',
    'None',
  ]),
  fileMutation(16, RECEIVER, 'the signature that the Node receiver checks', 'stores each event once', [
    'examples/webhook-receiver/receiver.mjs',
    'if (!isSigned(request.headers, body)) throw',
    'if (!isSigned(request.headers, body) && body.length === 0) throw',
  ]),
  fileMutation(16, RECEIVER, 'the age that the Python receiver checks', 'stores each event once', [
    'examples/webhook-receiver/receiver.py',
    'or abs(time.time() - int(sent)) > MAX_AGE_S',
    'or int(sent) < 0',
  ]),
];
