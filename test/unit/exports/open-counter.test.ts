import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { createOpenCounter } from '../../../src/exports/refuse-request.ts';
import { fullAccess } from '../../support/access.ts';

const open = () => Object.assign(new EventEmitter(), { closed: false }) as unknown as ServerResponse;
const of = (workspaceId: string) => ({ ...fullAccess(), workspaceId });

test('the last place of the node is for a workspace that holds none', () => {
  const count = createOpenCounter('exports', { ofKey: 4, ofWorkspace: 4, ofNode: 4 });
  const first = open();
  count(of('a'), first);
  for (const workspace of ['a', 'b']) count(of(workspace), open());
  for (const workspace of ['a', 'b'])
    expect(() => count(of(workspace), open())).toThrow('is for another workspace');
  count(of('c'), open());
  expect(() => count(of('d'), open())).toThrow('At most 4 exports of all clients');
  first.emit('close');
  expect(() => count(of('a'), open())).toThrow('is for another workspace');
  count(of('d'), open());
});
