import { fileMutation, type Mutation } from './mutation.ts';

const CONNECTIONS = 'test/unit/client/connections.test.ts';
const REQUESTS = 'test/unit/client/requests.test.ts';
const STATES = 'test/unit/client/connection-state.test.ts';
const FOLLOW = 'test/unit/client/follow.test.ts';

export const clientMutations: readonly Mutation[] = [
  fileMutation(16, STATES, 'the end of followers whose fixed key is rejected', 'when it is a fixed text', [
    'packages/client/src/connect.ts',
    "return typeof key !== 'function' && connectionParams === undefined;",
    'return false;',
  ]),
  fileMutation(
    16,
    STATES,
    'the end of followers at a wrong address',
    'ends the follower after the first rejection',
    ['packages/client/src/connect.ts', 'return !wasLive && addresses.count === 1;', 'return false;'],
  ),
  fileMutation(16, STATES, 'the sign of life that reconnectNow asks for', 'is found by reconnectNow', [
    'packages/client/src/line.ts',
    '    expectPong();\n',
    '',
  ]),
  fileMutation(16, STATES, 'the end of sockets of a frozen page', 'closes its socket', [
    'packages/client/src/page-events.ts',
    "[document, 'freeze', onFreeze],",
    "[document, 'freeze', onWake],",
  ]),
  fileMutation(16, FOLLOW, 'the cursor after which a document goes on', 'loses and doubles nothing', [
    'packages/client/src/follow.ts',
    '[point.variable]: last',
    '[point.variable]: undefined',
  ]),
  fileMutation(
    16,
    CONNECTIONS,
    'the silence about errors of sockets',
    'after an established one that failed',
    [
      'packages/client/src/line-socket.ts',
      'socket.onerror = () => undefined;',
      'socket.onerror = (event) => this.onerror?.(event);',
    ],
  ),
  fileMutation(16, CONNECTIONS, 'the end of a socket at its close()', 'closed for a bad message', [
    'packages/client/src/line-socket.ts',
    '      this.#end({ code: code ?? 1000, reason, wasClean: true });\n',
    '',
  ]),
  fileMutation(
    16,
    CONNECTIONS,
    'the look whether a socket has ended meanwhile',
    'opens no socket afterwards',
    [
      'packages/client/src/line-socket.ts',
      '      if (this.readyState === CLOSED) return;\n      const Platform',
      '      const Platform',
    ],
  ),
  fileMutation(
    16,
    CONNECTIONS,
    'the end of a connection that has no address or key',
    'a key that fails once',
    [
      'packages/client/src/line-socket.ts',
      '(cause: unknown) => this.#end(new NeverOpened(cause))',
      '() => undefined',
    ],
  ),
  fileMutation(16, CONNECTIONS, 'the order of key and address', 'a key that fails once', [
    'packages/client/src/line.ts',
    '      address !== null && !reached',
    '      !reached',
  ]),
  fileMutation(
    16,
    CONNECTIONS,
    'the look whether a connection was given up while it asked for its key',
    'after their connection was given up',
    ['packages/client/src/line.ts', 'if (number !== connection) throw', 'if (number < 0) throw'],
  ),
  fileMutation(
    16,
    CONNECTIONS,
    'the time limit of the function for the address',
    'that never returns is called again',
    [
      'packages/client/src/addresses.ts',
      'return deadline.within((async () => url())()).finally(deadline.clear);',
      'deadline.clear();\n  return url();',
    ],
  ),
  fileMutation(
    16,
    CONNECTIONS,
    'the end of a follower whose variables are no JSON',
    'and other code runs meanwhile',
    [
      'packages/client/src/resume.ts',
      ".catch((error: unknown) => finish({ how: 'REFUSED', error }))",
      ".catch(() => finish({ how: 'INTERRUPTED' }))",
    ],
  ),
  fileMutation(
    16,
    'test/integration/client.test.ts',
    'the error for a log that ends before the cursor',
    'a log that ends before',
    ['packages/client/src/follow-job.ts', 'jobEvents.cursor !== last', 'jobEvents.cursor > last'],
  ),
  fileMutation(16, REQUESTS, 'the time limit of a request', 'a response that never comes', [
    'packages/client/src/post.ts',
    'signal: deadline.signal',
    'signal: stop',
  ]),
  fileMutation(16, REQUESTS, 'the failure of a body as a failure of its request', 'is cut within its body', [
    'packages/client/src/post.ts',
    'text: await response.text()',
    "text: await response.text().catch(() => '')",
  ]),
  fileMutation(
    16,
    REQUESTS,
    'the time limit of what a request begins with',
    'never comes ends the request in time',
    [
      'packages/client/src/request.ts',
      'await deadline.within(initOf(requester, operation)).finally(deadline.clear)',
      'await initOf(requester, operation).finally(deadline.clear)',
    ],
  ),
  fileMutation(16, REQUESTS, 'the removal of deadlines', 'no deadline is left', [
    'packages/client/src/deadline.ts',
    '      clearTimeout(timer);\n',
    '',
  ]),
];
