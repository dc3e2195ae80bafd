import { expect, test } from 'vitest';
import { endsBeyond, scopesBeyond } from '../../../src/access/key.ts';
import { SCOPES, type Scope, toScopes } from '../../../src/access.ts';

const subsets = Array.from({ length: 2 ** SCOPES.length }, (_, bits) =>
  SCOPES.filter((_scope, i) => (bits >> i) % 2 === 1),
);

test('of every set of scopes a key may get what its maker has, with what the scopes imply, and nothing else', () => {
  const allowed = (maker: readonly Scope[], asked: readonly Scope[]) =>
    scopesBeyond({ scopes: toScopes(maker), endsAt: null, member: null }, asked).length === 0;
  for (const maker of subsets)
    for (const asked of subsets) {
      const has = toScopes(maker);
      expect([maker, asked, allowed(maker, asked)]).toEqual([
        maker,
        asked,
        [...toScopes(asked)].every((scope) => has.has(scope)),
      ]);
    }
  expect(scopesBeyond({ scopes: null, endsAt: null, member: null }, SCOPES)).toEqual([]);
});

test('a key outlives its maker when it ends later or never', () => {
  const at = (ms: number) => new Date(ms);
  const bounds = (endsAt: Date | null) => ({ scopes: null, endsAt, member: null });
  expect([at(1), at(2), at(3), null].map((end) => endsBeyond(bounds(at(2)), end))).toEqual([
    false,
    false,
    true,
    true,
  ]);
  expect([at(1), null].map((end) => endsBeyond(bounds(null), end))).toEqual([false, false]);
});
