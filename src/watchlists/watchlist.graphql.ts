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
import { perRequestById } from '../events/per-request.ts';
import { live } from '../execution/source.ts';
import { builder } from '../graphql/builder.ts';
import type { Context } from '../graphql/context.ts';
import { idempotencyKey } from '../graphql/key-field.ts';
import { globalIdOf, objectId } from '../graphql/object-id.ts';
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
  description: 'A ticker of a watchlist with the status of its last run.',
  fields: (t) => ({
    id: t.field(objectId('WatchlistItem', ({ watchlistId, ticker }: WatchlistItem) => [watchlistId, ticker])),
    ticker: t.exposeString('ticker', { description: 'Ticker of the item, in upper case.' }),
    note: t.exposeString('note', { description: 'Note on the item as free text, up to 500 characters.' }),
    addedAt: t.expose('addedAt', { type: 'DateTime', description: 'Time at which the ticker was added.' }),
    lastStatus: t.field({
      type: JobStateEnum,
      nullable: true,
      description:
        'State of the most recently started run of the ticker, including a run that is still active or failed. Null when there was no run.',
      resolve: (item) => item.lastStatus as ItemState | null,
    }),
    lastJob: t.field({
      type: JobRef,
      nullable: true,
      description:
        'Job of the run in `lastStatus`; null when there was no run, or when the job has been removed.',
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
const readItems = perRequestById(async ({ db, access }: Context, ids) => {
  const items = await listItemsOfLists(db, access.workspaceId, ids);
  return Map.groupBy(items, (item) => item.watchlistId);
});

builder.objectType(WatchlistRef, {
  scope: 'jobs:read',
  description: 'A named list of tickers.',
  fields: (t) => ({
    name: t.exposeString('name', {
      description:
        'Name of the watchlist. Unique in the workspace, ignoring case and compatibility variants such as full-width letters.',
    }),
    isDefault: t.exposeBoolean('isDefault', {
      description: 'True for the default watchlist, which cannot be deleted.',
    }),
    revision: t.exposeInt('revision', {
      description:
        'Revision number, which increases with every change of the watchlist or of the status of its items.',
    }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      description: 'Time at which the watchlist was created.',
    }),
    items: t.field({
      type: [WatchlistItemRef],
      description: 'Items of the watchlist, sorted by ticker; at most 1,000.',
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
    description: 'The watchlist with this id; null when there is none.',
    args: {
      id: t.arg.globalID({ required: true, for: WatchlistRef, description: 'Global id of the watchlist.' }),
    },
    resolve: (_root, { id }, { db, access }) => findWatchlist(db, access.workspaceId, id.id),
  }),
}));

interface Edited {
  readonly id: string;
  readonly added?: readonly string[];
  readonly skipped?: readonly string[];
  readonly removed?: readonly string[];
  /** The watchlist that was deleted. */
  readonly deleted?: string;
}

const PayloadRef = builder.objectRef<Edited>('WatchlistPayload').implement({
  scope: 'jobs:write',
  description: 'The watchlist after the change, and what changed.',
  fields: (t) => ({
    watchlist: t.field({
      type: WatchlistRef,
      description: 'The changed watchlist; after a deletion the default watchlist.',
      resolve: ({ id }) => id,
    }),
    added: t.stringList({
      description: 'Tickers that were added to the watchlist.',
      resolve: ({ added }) => [...(added ?? [])],
    }),
    skipped: t.stringList({
      description: 'Tickers that were not added because the watchlist already contained them.',
      resolve: ({ skipped }) => [...(skipped ?? [])],
    }),
    removed: t.stringList({
      description: 'Tickers that were removed from the watchlist.',
      resolve: ({ removed }) => [...(removed ?? [])],
    }),
    deletedId: t.id({
      nullable: true,
      description: 'Global id of the deleted watchlist; null unless the mutation is `deleteWatchlist`.',
      resolve: ({ deleted }) => (deleted === undefined ? null : globalIdOf('Watchlist', deleted)),
    }),
  }),
});

const inputs = {
  create: builder.inputType('CreateWatchlistInput', {
    description: 'Name and first tickers of a new watchlist.',
    fields: (t) => ({
      name: t.string({ required: true, description: 'Name of the watchlist, 1 to 50 characters.' }),
      tickers: t.stringList({ description: 'Tickers that the new watchlist contains; default: none.' }),
      idempotencyKey: t.string(idempotencyKey),
    }),
  }),
  update: builder.inputType('UpdateWatchlistInput', {
    description: 'The watchlist to rename, and its new name.',
    fields: (t) => ({
      id: t.globalID({ required: true, for: WatchlistRef, description: 'Global id of the watchlist.' }),
      name: t.string({ required: true, description: 'New name of the watchlist, 1 to 50 characters.' }),
      idempotencyKey: t.string(idempotencyKey),
    }),
  }),
  remove: builder.inputType('DeleteWatchlistInput', {
    description: 'The watchlist to delete.',
    fields: (t) => ({
      id: t.globalID({ required: true, for: WatchlistRef, description: 'Global id of the watchlist.' }),
      idempotencyKey: t.string(idempotencyKey),
    }),
  }),
  add: builder.inputType('AddToWatchlistInput', {
    description: 'Watchlist and tickers to add to it.',
    fields: (t) => ({
      id: t.globalID({ required: true, for: WatchlistRef, description: 'Global id of the watchlist.' }),
      tickers: t.stringList({
        required: true,
        description: 'Tickers to add; tickers that the watchlist already contains are skipped.',
      }),
      note: t.string({ description: 'Note for the added items, up to 500 characters; default: empty.' }),
      idempotencyKey: t.string(idempotencyKey),
    }),
  }),
  take: builder.inputType('RemoveFromWatchlistInput', {
    description: 'Watchlist and tickers to remove from it.',
    fields: (t) => ({
      id: t.globalID({ required: true, for: WatchlistRef, description: 'Global id of the watchlist.' }),
      tickers: t.stringList({
        required: true,
        description: 'Tickers to remove; tickers that the watchlist does not contain are ignored.',
      }),
      idempotencyKey: t.string(idempotencyKey),
    }),
  }),
  note: builder.inputType('UpdateWatchlistItemInput', {
    description: 'Item of a watchlist and its new note.',
    fields: (t) => ({
      id: t.globalID({ required: true, for: WatchlistRef, description: 'Global id of the watchlist.' }),
      ticker: t.string({ required: true, description: 'Ticker of the item to change.' }),
      note: t.string({ required: true, description: 'New note as free text, up to 500 characters.' }),
      idempotencyKey: t.string(idempotencyKey),
    }),
  }),
};

const repeatable = [InvalidInputError, KeyConflictError];

builder.mutationFields((t) => ({
  createWatchlist: t.field({
    scope: 'jobs:write',
    type: PayloadRef,
    description: 'Creates a watchlist, optionally with tickers.',
    errors: {
      types: [...repeatable, InvalidTickerError, NameTakenError, LimitExceededError],
      union: {
        name: 'CreateWatchlistResult',
        description: 'The new watchlist, or the error that prevented the creation.',
      },
    },
    args: {
      input: t.arg({
        type: inputs.create,
        required: true,
        description: 'Name and first tickers of the watchlist.',
      }),
    },
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
    description: 'Changes the name of a watchlist.',
    errors: {
      types: [...repeatable, NotFoundError, NameTakenError],
      union: {
        name: 'UpdateWatchlistResult',
        description: 'The renamed watchlist, or the error that prevented the change.',
      },
    },
    args: {
      input: t.arg({ type: inputs.update, required: true, description: 'The watchlist and its new name.' }),
    },
    resolve: async (_root, { input }, context) => ({
      id: await updateWatchlist(context, context.access.workspaceId, { ...input, id: input.id.id }),
    }),
  }),
  deleteWatchlist: t.field({
    scope: 'jobs:write',
    type: PayloadRef,
    description:
      'Deletes a watchlist and moves its items to the default watchlist. Rejected with LIMIT_EXCEEDED if the default watchlist would then hold too many tickers.',
    errors: {
      types: [...repeatable, NotFoundError, InvalidStateError, LimitExceededError],
      union: {
        name: 'DeleteWatchlistResult',
        description: 'The default watchlist, or the error that prevented the deletion.',
      },
    },
    args: { input: t.arg({ type: inputs.remove, required: true, description: 'The watchlist to delete.' }) },
    resolve: async (_root, { input }, context) => ({
      id: await deleteWatchlist(context, context.access.workspaceId, { ...input, id: input.id.id }),
      deleted: input.id.id,
    }),
  }),
  addToWatchlist: t.field({
    scope: 'jobs:write',
    type: PayloadRef,
    description: 'Adds tickers to a watchlist. Tickers that the watchlist already contains are skipped.',
    errors: {
      types: [...repeatable, InvalidTickerError, NotFoundError, LimitExceededError],
      union: {
        name: 'AddToWatchlistResult',
        description: 'The changed watchlist, or the error that prevented the change.',
      },
    },
    args: {
      input: t.arg({
        type: inputs.add,
        required: true,
        description: 'The watchlist and the tickers to add.',
      }),
    },
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
    description: 'Removes tickers from a watchlist. Tickers that the watchlist does not contain are ignored.',
    errors: {
      types: [...repeatable, InvalidTickerError, NotFoundError],
      union: {
        name: 'RemoveFromWatchlistResult',
        description: 'The changed watchlist, or the error that prevented the change.',
      },
    },
    args: {
      input: t.arg({
        type: inputs.take,
        required: true,
        description: 'The watchlist and the tickers to remove.',
      }),
    },
    resolve: (_root, { input }, context) =>
      removeFromWatchlist(context, context.access.workspaceId, { ...input, id: input.id.id }),
  }),
  updateWatchlistItem: t.field({
    scope: 'jobs:write',
    type: PayloadRef,
    description: 'Changes the note of a watchlist item.',
    errors: {
      types: [...repeatable, InvalidTickerError, NotFoundError],
      union: {
        name: 'UpdateWatchlistItemResult',
        description: 'The changed watchlist, or the error that prevented the change.',
      },
    },
    args: {
      input: t.arg({
        type: inputs.note,
        required: true,
        description: 'The watchlist item and its new note.',
      }),
    },
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
      'Delivers the current watchlist, then the watchlist after every change of it or of the status of its items.',
    args: {
      id: t.arg.globalID({ required: true, for: WatchlistRef, description: 'Global id of the watchlist.' }),
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
    description:
      'Watchlist for which the job was submitted; null when there was none or when it has been deleted.',
    resolve: (job) => job.watchlistId,
  }),
);
