import { fileMutation, type Mutation } from './mutation.ts';

const of = (
  test: Parameters<typeof fileMutation>[1],
  without: string,
  titled: string,
  ...edits: Mutation['edits'][number][]
) => fileMutation(19, test, without, titled, ...edits);

/** Addresses of clients, and keys in links. */
export const addressMutations: readonly Mutation[] = [
  of(
    'test/unit/client-address.test.ts',
    'the header of any peer is not believed',
    'is not trusted is not read',
    ['src/client-address.ts', 'isIP(address) === 0 || !isTrusted(address)', 'isIP(address) === 0'],
  ),
  of(
    'test/unit/client-address.test.ts',
    'what stands before the client in the header is not believed',
    'entries that the client made up',
    ['src/client-address.ts', 'hops.reverse()', 'hops'],
  ),
  of('test/unit/client-address.test.ts', 'text within quotes is an address', 'Forwarded', [
    'src/client-address.ts',
    String.raw`("(?:[^"\\]|\\.)*"|[^\s",;]+)`,
    String.raw`([^\s,;]+)`,
  ]),
  of('test/unit/client-address.test.ts', 'one of two addresses is believed', 'two addresses', [
    'src/client-address.ts',
    'found.length === 1 ?',
    'found.length > 0 ?',
  ]),
  of(
    'test/integration/trusted-proxies.test.ts',
    'each address of an IPv6 network has tries of its own',
    'IPv6 network',
    ['src/access/admit-callers.ts', 'kindOf(token), limitAddressOf(address)', 'kindOf(token), address'],
  ),
  of(
    'test/integration/trusted-proxies.test.ts',
    'each address of an IPv6 network has sockets of its own',
    'IPv6 network',
    [
      'src/sockets/serve-sockets.ts',
      'connections.isFull(limitAddressOf(addressOf(req)))',
      'connections.isFull(addressOf(req))',
    ],
    [
      'src/sockets/serve-sockets.ts',
      'connections.take(limitAddressOf(addressOf(request)))',
      'connections.take(addressOf(request))',
    ],
  ),
  of(
    'test/unit/console/link-key.test.ts',
    'the key of a link is taken silently',
    'only when the user agrees',
    ['console/src/data/link-key.ts', ' || ask() ?', ' || true ?'],
  ),
  of('test/integration/trusted-proxies.test.ts', 'each address of a network has streams', 'IPv6 network', [
    'src/server/keep-streams.ts',
    'connections.isFull(limitAddressOf(address))',
    'connections.isFull(address)',
  ]),
  of('test/integration/graphiql.test.ts', 'GraphiQL takes the key of a link silently', 'the user declines', [
    'src/server/render-graphiql.ts',
    "confirm('Sign in with the key of this link?')",
    'true',
  ]),
];
