import * as keys from '../../../src/access/key.store.ts';
import * as members from '../../../src/access/member.store.ts';
import * as spaces from '../../../src/access/workspace.store.ts';
import * as audit from '../../../src/audit/entry.store.ts';
import * as log from '../../../src/events/event-log.store.ts';
import * as heads from '../../../src/events/heads.store.ts';
import * as notifyQueue from '../../../src/events/notify-queue.store.ts';
import * as answers from '../../../src/idempotency/answer.store.ts';
import * as instruments from '../../../src/instruments/instrument.store.ts';
import * as candles from '../../../src/market/candle.store.ts';
import * as own from '../../../src/market/own.store.ts';
import * as usage from '../../../src/quotas/usage.store.ts';
import * as rates from '../../../src/rates/rate.store.ts';
import * as lists from '../../../src/watchlists/watchlist.store.ts';
import * as leases from '../../../src/webhooks/lease.store.ts';
import * as webhooks from '../../../src/webhooks/webhook.store.ts';
import { idOf, KIND } from '../large-database.ts';
import { list, page, queued, some, type Tour, type Visit, W, webhook } from './tour.ts';

const unused = idOf(9, 1);
const action = {
  workspaceId: W,
  keyId: '00000002',
  subject: 's',
  name: 'submitAnalysis',
  correlationId: null,
  address: null,
};
const who = { workspaceId: W, issuer: 'issuer', subject: 'subject 2' };
const hook = { id: webhook, workspaceId: W };
const owned = some(KIND.list, 20).map((id) => ({ id, workspaceId: W }));
const listed = {
  ticker: 'T1',
  symbol: 'T1',
  name: 'x',
  exchange: 'NYSE',
  timeZone: 'UTC',
  currency: 'USD',
  tick: '0.01',
  sector: null,
  industry: null,
};
const series = { source: 'YAHOO', ticker: 'T1', interval: '1d', adjustment: 'SPLITS' } as Parameters<
  typeof candles.findSeries
>[1];
const kept = {
  candles: { dates: ['2024-01-01'], open: [1], high: [1], low: [1], close: [1], volume: [1] },
  ...{
    currency: null,
    quoted: { kind: null, decimals: null },
    complete: true,
    freshUntil: new Date(),
    warnings: [],
  },
} as unknown as Parameters<typeof candles.saveSeries>[2];
const tickers = Array.from({ length: 20 }, (_, i) => `T${i}`);
const held = { id: webhook, fence: 0 };
const message = { id: unused, position: 5, subjectIds: [unused] };
const searched = { limit: 21, after: null, before: null };

export const restTours: Readonly<Record<string, Tour>> = {
  'access/key': {
    listKeysToProve: (tx) => keys.listKeysToProve(tx, ['00000002', '00000004']),
    hasAnyKey: (tx) => keys.hasAnyKey(tx),
    touchKey: (tx) => keys.touchKey(tx, '00000002'),
    insertKey: (tx) =>
      keys.insertKey(tx, {
        ...{
          id: unused,
          workspaceId: W,
          keyId: 'abcdefgh',
          name: 'n',
          hash: Buffer.alloc(32),
          scopes: ['jobs:read'],
        },
        ...{
          rateClass: 'standard',
          createdBy: 'x',
          expiresAt: null,
          memberIssuer: null,
          memberSubject: null,
        },
      }),
    lockAccess: (tx) => keys.lockAccess(tx, W),
    readClock: (tx) => keys.readClock(tx),
    countKeys: (tx) => keys.countKeys(tx, W, 30),
    findFirstFreeDay: (tx) => keys.findFirstFreeDay(tx, W, 30),
    listKeysOfMember: (tx) => keys.listKeysOfMember(tx, who),
    listKeys: (tx) => keys.listKeys(tx, W, page),
    findKey: (tx) => keys.findKey(tx, W, '00000002'),
    lockKey: (tx) => keys.lockKey(tx, W, '00000002'),
    revoke: (tx) => keys.revoke(tx, W, ['00000002']),
    expireIn: (tx) => keys.expireIn(tx, W, '00000002', 1),
    findWorkspace: (tx) => keys.findWorkspace(tx, W),
    listWorkspacesNamed: (tx) => keys.listWorkspacesNamed(tx, 'Workspace 7'),
    insertWorkspace: (tx) => keys.insertWorkspace(tx, { id: unused, name: 'x' }),
  },
  'access/workspace': {
    listWorkspaces: (tx) => spaces.listWorkspaces(tx, 100),
    lockSuspension: (tx) => spaces.lockSuspension(tx, W),
    setSuspended: (tx) => spaces.setSuspended(tx, W),
    setResumed: (tx) => spaces.setResumed(tx, W),
    countRunning: (tx) => spaces.countRunning(tx, W),
    // Number 6 removes results, which is rejected while they are the latest of their tickers; it is the same statement for another table.
    ...Object.fromEntries(
      Array.from({ length: spaces.PIECES }, (_, n) => n)
        .filter((n) => n !== 6)
        .map((n): [string, Visit] => [
          n === 0 ? 'deletePiece' : `deletePiece: ${n}`,
          (tx) => spaces.deletePiece(tx, W, n),
        ]),
    ),
    deleteWorkspaceRow: (tx) => spaces.deleteWorkspaceRow(tx, unused),
  },
  'quotas/usage': {
    countQueuedItems: (tx) => usage.countQueuedItems(tx, W),
    countStoredResponses: (tx) => usage.countStoredResponses(tx, W),
  },
  'access/member': {
    findAdmissibleMember: (tx) => members.findAdmissibleMember(tx, who),
    findMember: (tx) => members.findMember(tx, who),
    listMemberIds: (tx) => members.listMemberIds(tx, some(KIND.key, 20)),
    hasAnyMember: (tx) => members.hasAnyMember(tx, 'issuer'),
    'hasAnyMember: of an issuer of none': (tx) => members.hasAnyMember(tx, 'none'),
    listMembers: (tx) => members.listMembers(tx, W, 100),
    replaceMember: (tx) =>
      members.replaceMember(tx, { ...who, id: unused, scopes: ['jobs:read'], createdBy: 'x' }),
    deleteMember: (tx) => members.deleteMember(tx, who),
  },
  'idempotency/answer': {
    lockKey: (tx) => answers.lockKey(tx, W, 'k'),
    findAnswer: (tx) => answers.findAnswer(tx, W, 'k2'),
    insertAnswer: (tx) =>
      answers.insertAnswer(tx, { workspaceId: W, key: 'k2', operation: 'o', requestHash: 'h', answer: null }),
    deleteOldAnswers: (tx) => answers.deleteOldAnswers(tx, 7, 100),
    'deleteOldAnswers: of which there are none': (tx) => answers.deleteOldAnswers(tx, 36_500, 100),
  },
  'audit/entry': {
    insertEntry: (tx) => audit.insertEntry(tx, action, { type: 'Job', ids: [unused] }),
    countRefusals: (tx) =>
      audit.countRefusals(tx, [{ ...action, code: 'FORBIDDEN', target: null, times: 2 }]),
    listEntries: (tx) => audit.listEntries(tx, W, {}, page),
    'listEntries: of a key': (tx) => audit.listEntries(tx, W, { keyId: '00000002' }, page),
    'listEntries: of a target': (tx) => audit.listEntries(tx, W, { targetId: queued }, page),
    'listEntries: by an action of none': (tx) =>
      audit.listEntries(tx, W, { actions: ['createApiKey'] }, page),
    'listEntries: refusals': (tx) => audit.listEntries(tx, W, { refused: true }, page),
    deleteOldEntries: (tx) => audit.deleteOldEntries(tx, 30, 100),
    'deleteOldEntries: of which there are none': (tx) => audit.deleteOldEntries(tx, 36_500, 100),
  },
  'events/event-log': {
    listEventPages: (tx) =>
      log.listEventPages(
        tx,
        some(KIND.job, 20).map((jobId) => ({ workspaceId: W, jobId, after: 0, limit: 100 })),
      ),
  },
  'events/notify-queue': {
    trimNotifyQueue: (tx) => notifyQueue.trimNotifyQueue(tx),
  },
  'events/heads': {
    listHeads: (tx) => heads.listHeads(tx, 'job', some(KIND.job, 20)),
    'listHeads: of lists': (tx) => heads.listHeads(tx, 'watchlist', some(KIND.list, 20)),
    'listHeads: of feeds': (tx) => heads.listHeads(tx, 'feed', [W]),
  },
  'instruments/instrument': {
    upsertInstruments: (tx) => instruments.upsertInstruments(tx, [listed]),
    insertInstruments: (tx) => instruments.insertInstruments(tx, [listed], null),
    deleteUnlisted: (tx) => instruments.deleteUnlisted(tx, 'CSV', tickers),
    deleteOfOtherSources: (tx) => instruments.deleteOfOtherSources(tx, ['CSV']),
    deleteInstruments: (tx) => instruments.deleteInstruments(tx, ['ABSENT']),
    listInstrumentsByTicker: (tx) => instruments.listInstrumentsByTicker(tx, tickers),
    listTickersOfSymbols: (tx) => instruments.listTickersOfSymbols(tx, tickers),
    listActiveTickers: (tx) => instruments.listActiveTickers(tx, 'CSV'),
    listInstruments: (tx) => instruments.listInstruments(tx, searched, false),
    searchInstruments: (tx) => instruments.searchInstruments(tx, 'T4999', searched, false),
    countInstruments: (tx) => instruments.countInstruments(tx, 'T4999'),
  },
  'market/candle': {
    findSeries: (tx) => candles.findSeries(tx, series),
    listSeries: (tx) =>
      candles.listSeries(
        tx,
        tickers.map((ticker) => ({ source: 'YAHOO', ticker, adjustment: null, workspaceId: W })),
      ),
    saveSeries: (tx) => candles.saveSeries(tx, series, kept, 1),
  },
  'market/own': {
    lockOwnSeries: (tx) => own.lockOwnSeries(tx, W),
    findOwnBars: (tx) => own.findOwnBars(tx, W, 'T1'),
    findOwnSeries: (tx) => own.findOwnSeries(tx, W, 'T1'),
    listOwnSeries: (tx) => own.listOwnSeries(tx, W),
    pageOwnSeries: (tx) => own.pageOwnSeries(tx, W, 'T1', 100),
    countOtherSeries: (tx) => own.countOtherSeries(tx, W, 'T1'),
    saveOwnSeries: (tx) => own.saveOwnSeries(tx, W, 'T1', { ...kept, adjustment: 'SPLITS' }),
    deleteOwnSeries: (tx) => own.deleteOwnSeries(tx, W, 'T1'),
  },
  'rates/rate': {
    leasePoints: (tx) => rates.leasePoints(tx, { key: 'k5', needed: 1, wanted: 1, limit: 10, perSecond: 1 }),
    deleteFullBuckets: (tx) => rates.deleteFullBuckets(tx),
  },
  'watchlists/watchlist': {
    lockWatchlists: (tx) => lists.lockWatchlists(tx, W),
    findWatchlist: (tx) => lists.findWatchlist(tx, W, list),
    listWatchlists: (tx) => lists.listWatchlists(tx, W),
    listWatchlistsByIds: (tx) => lists.listWatchlistsByIds(tx, W, some(KIND.list, 20)),
    listFollowedWatchlists: (tx) => lists.listFollowedWatchlists(tx, owned),
    listItemsOfLists: (tx) => lists.listItemsOfLists(tx, W, [list]),
    listTickersOfLists: (tx) => lists.listTickersOfLists(tx, owned),
    insertWatchlist: (tx) => lists.insertWatchlist(tx, { id: unused, workspaceId: W, name: 'x' }),
    renameWatchlist: (tx) => lists.renameWatchlist(tx, W, list, 'x'),
    deleteWatchlist: (tx) => lists.deleteWatchlist(tx, W, list),
    bumpRevision: (tx) => lists.bumpRevision(tx, W, list),
    insertItems: (tx) => lists.insertItems(tx, { id: list, workspaceId: W }, ['A'], ''),
    countItems: (tx) => lists.countItems(tx, W, list),
    deleteItems: (tx) => lists.deleteItems(tx, W, list, ['T27']),
    updateNote: (tx) => lists.updateNote(tx, W, list, 'T27', 'x'),
    lockTickers: (tx) => lists.lockTickers(tx, W, list),
    moveItems: (tx) => lists.moveItems(tx, W, list, idOf(KIND.list, 4)),
    lockLists: (tx) => lists.lockLists(tx, W, [list, idOf(KIND.list, 4)]),
    closeWatchlist: (tx) => lists.closeWatchlist(tx, list),
    forgetWatchlist: (tx) => lists.forgetWatchlist(tx, W, list),
    forgetWatchlistOfEnded: (tx) => lists.forgetWatchlistOfEnded(tx, W, list, idOf(KIND.list, 0), 10),
    countItemsTogether: (tx) => lists.countItemsTogether(tx, W, [list]),
  },
  'webhooks/lease': {
    leaseWebhooks: (tx) =>
      leases.leaseWebhooks(tx, { free: 16, quota: 4, quotaAlone: 8, underWay: [W] }, 1_000),
    openMessage: (tx) => leases.openMessage(tx, held, 1_000, message),
    skipEvents: (tx) => leases.skipEvents(tx, held, 1_000, 7),
    releaseWebhook: (tx) => leases.releaseWebhook(tx, held),
    recordArrival: async (tx) => [
      await leases.openMessage(tx, held, 1_000, message),
      await leases.recordArrival(tx, held, unused, 200),
    ],
    recordSetback: async (tx) => [
      await leases.openMessage(tx, held, 1_000, message),
      await leases.recordSetback(tx, held, {
        ...{ messageId: unused, failure: { code: 'TIMEOUT', status: null, message: 'x' } as never },
        ...{ delayMs: 5, disable: null, disableAfterDays: 5 },
      }),
    ],
    deleteOldMessages: (tx) => leases.deleteOldMessages(tx, 30, 100),
    'deleteOldMessages: of which there are none': (tx) => leases.deleteOldMessages(tx, 36_500, 100),
  },
  'webhooks/webhook': {
    lockWebhooks: (tx) => webhooks.lockWebhooks(tx, W),
    countWebhooks: (tx) => webhooks.countWebhooks(tx, W),
    findHead: (tx) => webhooks.findHead(tx, W, 'JOB_FINISHED'),
    insertWebhook: (tx) =>
      webhooks.insertWebhook(tx, {
        ...{ id: unused, workspaceId: W, url: 'https://x', description: '', event: 'JOB_FINISHED' as const },
        ...{ filter: {}, position: 0, secret: 's', member: null },
      }),
    listWebhooksOfMember: (tx) => webhooks.listWebhooksOfMember(tx, who),
    disableWebhooksOfMember: (tx) => webhooks.disableWebhooksOfMember(tx, who, 'x'),
    findWebhook: (tx) => webhooks.findWebhook(tx, W, webhook),
    listWebhooks: (tx) => webhooks.listWebhooks(tx, W),
    listWebhooksByIds: (tx) => webhooks.listWebhooksByIds(tx, W, [webhook]),
    changeWebhook: (tx) => webhooks.changeWebhook(tx, W, webhook, { state: 'PAUSED' }),
    rotateSecret: (tx) => webhooks.rotateSecret(tx, W, webhook, 's', 1),
    moveWebhook: (tx) => webhooks.moveWebhook(tx, W, webhook, 5),
    supersedePending: (tx) => webhooks.supersedePending(tx, W, webhook),
    deleteWebhook: (tx) => webhooks.deleteWebhook(tx, W, idOf(KIND.webhook, 100)),
    listDeliveries: (tx) => webhooks.listDeliveries(tx, hook, undefined, page),
    'listDeliveries: by a state of none': (tx) =>
      webhooks.listDeliveries(tx, hook, ['PENDING', 'DELIVERED'], page),
    countDeliveries: (tx) => webhooks.countDeliveries(tx, hook, undefined),
    'countDeliveries: by a state of none': (tx) => webhooks.countDeliveries(tx, hook, ['DELIVERED']),
  },
};
