import { parse } from 'graphql';
import { describe, expect, onTestFinished, test } from 'vitest';
import { connect } from '../../../packages/client/src/connect.ts';
import type { TypedDocument } from '../../../packages/client/src/document.ts';
import { follow } from '../../../packages/client/src/follow.ts';
import { watchWatchlist } from '../../../packages/client/src/watch-watchlist.ts';
import { type Asked, eventBatch, startLogServer } from '../../support/log-server.ts';

const LAST = 9;

interface Batch {
  readonly jobEvents: { readonly events: readonly { readonly seq: number }[] };
}

/** Cuts the connection twice in the middle of the log, and sends one batch twice. */
async function startCutting() {
  const server = await startLogServer({
    subscribe(asked) {
      const after = Number(asked.variables.resumeAfter ?? asked.variables.after ?? 0);
      const until = Math.min(after + 3, LAST);
      asked.next(eventBatch(after + 1, until, LAST));
      asked.next(eventBatch(after + 1, until, LAST));
      if (until === LAST) asked.complete();
      else setImmediate(() => asked.socket.terminate());
    },
  });
  const client = connect(server.url);
  onTestFinished(() => client.close());
  return { server, client };
}

const text = 'subscription ($id: ID!) { jobEvents(jobId: $id) { events { seq } } }';
/** As another generator makes documents: a tree with types, and a text of a class of its own. */
const tree = parse(text) as TypedDocument<Batch, { readonly id: string }>;
class OwnText extends String {
  __apiType?: (variables: { readonly id: string }) => Batch;
}

describe('a subscription of the developer’s own', () => {
  test.each([
    ['a text', text],
    ['a tree', tree],
    ['a text of another class', new OwnText(text)],
  ] as const)('as %s loses and doubles nothing over two cuts', async (_name, document) => {
    const { server, client } = await startCutting();
    const seqs: number[] = [];
    const batches = follow(client, document as typeof tree, { variables: { id: 'job' } });
    for await (const { jobEvents } of batches) seqs.push(...jobEvents.events.map(({ seq }) => seq));
    expect(seqs).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(server.asked.map(({ variables }) => variables)).toEqual([
      { id: 'job' },
      { id: 'job', resumeAfter: 3 },
      { id: 'job', resumeAfter: 6 },
      { id: 'job', resumeAfter: 9 },
    ]);
  });

  test('of a state leaves out what it has said already', async () => {
    const server = await startLogServer({
      subscribe(asked: Asked) {
        const revision = server.asked.length;
        asked.next({ watchlistChanged: { id: 'list', revision: Math.min(revision, 2) } });
        if (revision === 3) asked.complete();
        else setImmediate(() => asked.socket.terminate());
      },
    });
    const client = connect(server.url);
    onTestFinished(() => client.close());
    const revisions: number[] = [];
    for await (const { revision } of watchWatchlist(client, 'list')) revisions.push(revision);
    expect(revisions).toEqual([1, 2]);
    expect(server.asked).toHaveLength(3);
  });

  test('whose persisted document lacks the cursor is a TypeError', async () => {
    const { server } = await startCutting();
    const client = connect(server.url, { persisted: true });
    onTestFinished(() => client.close());
    const document = Object.assign(new OwnText(text), { __meta__: { hash: 'sha256:1' } });
    await expect(follow(client, document, { variables: { id: 'job' } }).next()).rejects.toThrow(TypeError);
  });
});
