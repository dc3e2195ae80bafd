import { fileMutation, type Mutation } from './mutation.ts';

const of = (
  test: Parameters<typeof fileMutation>[1],
  without: string,
  titled: string,
  ...edits: Mutation['edits'][number][]
) => fileMutation(19, test, without, titled, ...edits);

const receive = 'test/unit/net/receive-response.test.ts';

/** Limits of what one client, one workspace or one foreign server may hold. */
export const limitMutations: readonly Mutation[] = [
  of(
    receive,
    'a request ends when the server switches protocols',
    '101 with the header Upgrade',
    [
      'src/net/receive-response.ts',
      "    reject(noResponse('UNEXPECTED_UPGRADE', 'the server switched protocols'));\n",
      '',
    ],
    ['src/net/receive-response.ts', '    if (!hasResponse) reject(', '    if (false) reject('],
    [
      'src/net/receive-response.ts',
      'const abort = () => reject(signal.reason as Error);',
      'const abort = () => undefined;',
    ],
  ),
  of('test/unit/graphql/server.test.ts', 'a client that left during authentication', 'has left during', [
    'src/graphql/server.ts',
    '    if (response.closed || response.destroyed) return;\n',
    '',
  ]),
  of('test/integration/rate-buckets.test.ts', 'a workspace that owes points is refused', 'that owes points', [
    'src/rates/lease-points.ts',
    '(granted < wanted && missing > 0)',
    'false',
  ]),
];
