import {
  InvalidInputError,
  InvalidStateError,
  InvalidTickerError,
  KeyConflictError,
  LimitExceededError,
  NameTakenError,
  NotFoundError,
} from '../errors.ts';
import type { LiveRows } from '../events/live-rows.ts';
import { shareReads } from '../events/share-reads.ts';
import { live } from '../events/source.ts';
import { builder } from '../graphql/builder.ts';
import type { Context } from '../graphql/context.ts';
import { idempotencyKey } from '../graphql/key-field.ts';
import { JobRef, JobStateEnum } from '../jobs/job.graphql.ts';
import type { ItemState } from '../jobs/job.ts';
import {
  addToWatchlist,
  createWatchlist,
  deleteWatchlist,
  removeFromWatchlist,
  updateWatchlist,
  updateWatchlistItem,
} from './edit-watchlist.ts';
import { findWatchlist, listItemsOfLists, listWatchlists, listWatchlistsByIds } from './watchlist.store.ts';
import type { Watchlist, WatchlistItem } from './watchlist.ts';

declare module '../graphql/context.ts' {
  interface Context {
    readonly liveWatchlists: LiveRows<Watchlist>;
  }
}

export const WatchlistItemRef = builder.objectRef<WatchlistItem>('WatchlistItem').implement({
  scope: 'jobs:read',
  description: 'A ticker of a watchlist with what the engine did last for it.',
  fields: (t) => ({
    ticker: t.exposeString('ticker', { description: 'The ticker.' }),
    note: t.exposeString('note', { description: 'Free text, up to 500 characters.' }),
    addedAt: t.expose('addedAt', { type: 'DateTime', description: 'When it was added.' }),
    lastStatus: t.field({
      type: JobStateEnum,
      nullable: true,
      description:
        'State of the run of this ticker that started last, also while it runs and when it failed; null when there was none.',
      resolve: (item) => item.lastStatus as ItemState | null,
    }),
    lastJob: t.field({
      type: JobRef,
      nullable: true,
      description:
        'Job of the run that `lastStatus` describes; null when there was none, or when the job has been removed.',
      resolve: (item) => item.lastJobId,
    }),
  }),
});

export const WatchlistRef = builder.loadableNodeRef('Watchlist', {
  id: { resolve: (list: Watchlist) => list.id },
  load: async (ids: string[], { db, access }): Promise<(Watchlist | Error)[]> => {
    const lists = await listWatchlistsByIds(db, access.workspaceId, ids);
    const found = new Map(lists.map((list) => [list.id, list]));
    return ids.map((id) => found.get(id) ?? new NotFoundError(`There is no watchlist ${id}.`));
  },
});

/** Items of all lists of one request in one statement. */
const itemReads = new WeakMap<Context, (id: string) => Promise<WatchlistItem[] | undefined>>();

function readItems(context: Context, id: string): Promise<WatchlistItem[] | undefined> {
  const known = itemReads.get(context);
  if (known !== undefined) return known(id);
  const read = shareReads<string, WatchlistItem[]>(
    (key) => key,
    async (ids) => {
      const items = await listItemsOfLists(context.db, context.access.workspaceId, ids);
      return Map.groupBy(items, (item) => item.watchlistId);
    },
  );
  itemReads.set(context, read);
  return read(id);
}

builder.objectType(WatchlistRef, {
  scope: 'jobs:read',
  description: 'A named list of tickers.',
  fields: (t) => ({
    name: t.exposeString('name', {
      description: 'Unique in the workspace, ignoring case and compatibility forms such as full width.',
    }),
    isDefault: t.exposeBoolean('isDefault', { description: 'The list that cannot be deleted.' }),
    revision: t.exposeInt('revision', {
      description: 'Grows with every change of the list or of the status of its items.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
    items: t.field({
      type: [WatchlistItemRef],
      description: 'Its tickers, in alphabetical order; at most 1,000.',
      complexity: { field: 1, multiplier: 50 },
      resolve: async (list, _args, context) => (await readItems(context, list.id)) ?? [],
    }),
  }),
});

builder.queryFields((t) => ({
  watchlists: t.field({
    scope: 'jobs:read',
    type: [WatchlistRef],
    description: 'All watchlists of the workspace; at most 100.',
    complexity: { field: 1, multiplier: 10 },
    resolve: (_root, _args, { db, access }) => listWatchlists(db, access.workspaceId),
  }),
  watchlist: t.field({
    scope: 'jobs:read',
    type: WatchlistRef,
    nullable: true,
    description: 'One watchlist, or null when there is none with this id.',
    args: { id: t.arg.globalID({ required: true, for: WatchlistRef, description: 'Its global id.' }) },
    resolve: (_root, { id }, { db, access }) => findWatchlist(db, access.workspaceId, id.id),
  }),
}));

interface Edited {
  readonly id: string;
  readonly added?: readonly string[];
  readonly skipped?: readonly string[];
  readonly removed?: readonly string[];
}

const PayloadRef = builder.objectRef<Edited>('WatchlistPayload').implement({
  scope: 'jobs:write',
  description: 'The watchlist after the change.',
  fields: (t) => ({
    watchlist: t.field({
      type: WatchlistRef,
      description: 'The list; after a deletion the default list.',
      resolve: ({ id }) => id,
    }),
    added: t.stringList({
      description: 'Tickers that were added.',
      resolve: ({ added }) => [...(added ?? [])],
    }),
    skipped: t.stringList({
      description: 'Tickers that were there already.',
      resolve: ({ skipped }) => [...(skipped ?? [])],
    }),
    removed: t.stringList({
      description: 'Tickers that were removed.',
      resolve: ({ removed }) => [...(removed ?? [])],
    }),
  }),
});

const inputs = {
  create: builder.inputType('CreateWatchlistInput', {
    description: 'A new watchlist.',
    fields: (t) => ({
      name: t.string({ required: true, description: '1 to 50 characters.' }),
      tickers: t.stringList({ description: 'Its first tickers.' }),
      idempotencyKey: t.string(idempotencyKey),
    }),
  }),
  update: builder.inputType('UpdateWatchlistInput', {
    description: 'A new name.',
    fields: (t) => ({
      id: t.globalID({ required: true, for: WatchlistRef, description: 'Global id of the list.' }),
      name: t.string({ required: true, description: '1 to 50 characters.' }),
      idempotencyKey: t.string(idempotencyKey),
    }),
  }),
  remove: builder.inputType('DeleteWatchlistInput', {
    description: 'Which list to delete.',
    fields: (t) => ({
      id: t.globalID({ required: true, for: WatchlistRef, description: 'Global id of the list.' }),
      idempotencyKey: t.string(idempotencyKey),
    }),
  }),
  add: builder.inputType('AddToWatchlistInput', {
    description: 'Tickers to add.',
    fields: (t) => ({
      id: t.globalID({ required: true, for: WatchlistRef, description: 'Global id of the list.' }),
      tickers: t.stringList({ required: true, description: 'Tickers; those that are there are skipped.' }),
      note: t.string({ description: 'Note of the added items.' }),
      idempotencyKey: t.string(idempotencyKey),
    }),
  }),
  take: builder.inputType('RemoveFromWatchlistInput', {
    description: 'Tickers to remove.',
    fields: (t) => ({
      id: t.globalID({ required: true, for: WatchlistRef, description: 'Global id of the list.' }),
      tickers: t.stringList({
        required: true,
        description: 'Tickers; those that are not there are passed over.',
      }),
      idempotencyKey: t.string(idempotencyKey),
    }),
  }),
  note: builder.inputType('UpdateWatchlistItemInput', {
    description: 'A new note for an item.',
    fields: (t) => ({
      id: t.globalID({ required: true, for: WatchlistRef, description: 'Global id of the list.' }),
      ticker: t.string({ required: true, description: 'The item.' }),
      note: t.string({ required: true, description: 'Up to 500 characters.' }),
      idempotencyKey: t.string(idempotencyKey),
    }),
  }),
};

const repeatable = [InvalidInputError, KeyConflictError];

builder.mutationFields((t) => ({
  createWatchlist: t.field({
    scope: 'jobs:write',
    type: PayloadRef,
    description: 'Creates a watchlist.',
    errors: {
      types: [...repeatable, InvalidTickerError, NameTakenError, LimitExceededError],
      union: { name: 'CreateWatchlistResult', description: 'The list, or why not.' },
    },
    args: { input: t.arg({ type: inputs.create, required: true, description: 'Input.' }) },
    resolve: async (_root, { input }, context) => ({
      id: await createWatchlist(context, context.access.workspaceId, {
        ...input,
        tickers: input.tickers ?? [],
      }),
    }),
  }),
  updateWatchlist: t.field({
    scope: 'jobs:write',
    type: PayloadRef,
    description: 'Renames a watchlist.',
    errors: {
      types: [...repeatable, NotFoundError, NameTakenError],
      union: { name: 'UpdateWatchlistResult', description: 'The list, or why not.' },
    },
    args: { input: t.arg({ type: inputs.update, required: true, description: 'Input.' }) },
    resolve: async (_root, { input }, context) => ({
      id: await updateWatchlist(context, context.access.workspaceId, { ...input, id: input.id.id }),
    }),
  }),
  deleteWatchlist: t.field({
    scope: 'jobs:write',
    type: PayloadRef,
    description:
      'Deletes a watchlist; its items move to the default list. Fails with LIMIT_EXCEEDED when the default list would hold too many tickers.',
    errors: {
      types: [...repeatable, NotFoundError, InvalidStateError, LimitExceededError],
      union: { name: 'DeleteWatchlistResult', description: 'The default list, or why not.' },
    },
    args: { input: t.arg({ type: inputs.remove, required: true, description: 'Input.' }) },
    resolve: async (_root, { input }, context) => ({
      id: await deleteWatchlist(context, context.access.workspaceId, { ...input, id: input.id.id }),
    }),
  }),
  addToWatchlist: t.field({
    scope: 'jobs:write',
    type: PayloadRef,
    description: 'Adds tickers. Harmless when repeated.',
    errors: {
      types: [...repeatable, InvalidTickerError, NotFoundError, LimitExceededError],
      union: { name: 'AddToWatchlistResult', description: 'The list, or why not.' },
    },
    args: { input: t.arg({ type: inputs.add, required: true, description: 'Input.' }) },
    resolve: (_root, { input }, context) =>
      addToWatchlist(context, context.access.workspaceId, {
        ...input,
        id: input.id.id,
        note: input.note ?? '',
      }),
  }),
  removeFromWatchlist: t.field({
    scope: 'jobs:write',
    type: PayloadRef,
    description: 'Removes tickers. Harmless when repeated.',
    errors: {
      types: [...repeatable, InvalidTickerError, NotFoundError],
      union: { name: 'RemoveFromWatchlistResult', description: 'The list, or why not.' },
    },
    args: { input: t.arg({ type: inputs.take, required: true, description: 'Input.' }) },
    resolve: (_root, { input }, context) =>
      removeFromWatchlist(context, context.access.workspaceId, { ...input, id: input.id.id }),
  }),
  updateWatchlistItem: t.field({
    scope: 'jobs:write',
    type: PayloadRef,
    description: 'Changes the note of an item.',
    errors: {
      types: [...repeatable, InvalidTickerError, NotFoundError],
      union: { name: 'UpdateWatchlistItemResult', description: 'The list, or why not.' },
    },
    args: { input: t.arg({ type: inputs.note, required: true, description: 'Input.' }) },
    resolve: async (_root, { input }, context) => ({
      id: await updateWatchlistItem(context, context.access.workspaceId, { ...input, id: input.id.id }),
    }),
  }),
}));

builder.subscriptionFields((t) => ({
  watchlistChanged: t.field({
    scope: 'jobs:read',
    type: WatchlistRef,
    description:
      'The list as it is now, then as it is after every change of it or of the state of its items.',
    args: {
      id: t.arg.globalID({ required: true, for: WatchlistRef, description: 'Global id of the list.' }),
    },
    subscribe: async (_root, { id }, { access, liveWatchlists }) => {
      const list = await liveWatchlists.read({ workspaceId: access.workspaceId, id: id.id });
      if (list === undefined) throw new NotFoundError(`There is no watchlist ${id.id}.`);
      return live(liveWatchlists.source(list));
    },
    resolve: (list) => list as Watchlist,
  }),
}));

builder.objectField(JobRef, 'watchlist', (t) =>
  t.field({
    type: WatchlistRef,
    nullable: true,
    description: 'The watchlist that it was submitted for; null when there was none or it was deleted.',
    resolve: (job) => job.watchlistId,
  }),
);
