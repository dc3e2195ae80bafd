import { expect, test } from 'vitest';
import { type Access, accessKey } from '../../src/access.ts';

const one: Access = {
  workspaceId: 'w',
  keyId: 'k',
  subject: 's',
  scopes: new Set(['jobs:read', 'results:read']),
  credential: { type: 'KEY' },
};
const others: readonly Access[] = [
  { ...one, workspaceId: 'x' },
  { ...one, keyId: null },
  { ...one, keyId: 'l' },
  { ...one, subject: 't' },
  { ...one, subject: 's","t' },
  { ...one, scopes: new Set() },
  { ...one, scopes: new Set(['jobs:read']) },
  { ...one, scopes: new Set(['jobs:read', 'results:read', 'admin']) },
];

test('accesses that differ in anything have different keys, and equal ones the same', () => {
  expect(new Set([one, ...others].map(accessKey)).size).toBe(1 + others.length);
  expect(accessKey({ ...one, scopes: new Set(['results:read', 'jobs:read']) })).toBe(accessKey(one));
});
