import * as claims from '../../../src/jobs/claim.store.ts';
import * as due from '../../../src/jobs/due.store.ts';
import * as ends from '../../../src/jobs/end.store.ts';
import * as items from '../../../src/jobs/item.store.ts';
import * as jobs from '../../../src/jobs/job.store.ts';
import * as listing from '../../../src/jobs/listing.store.ts';
import * as presence from '../../../src/jobs/presence.store.ts';
import * as priority from '../../../src/jobs/priority.store.ts';
import * as queue from '../../../src/jobs/queue.store.ts';
import * as retention from '../../../src/jobs/retention.store.ts';
import { shareOut } from '../../../src/jobs/turns.ts';
import * as waiting from '../../../src/jobs/waiting.store.ts';
import * as status from '../../../src/jobs/watchlist-status.store.ts';
import * as workers from '../../../src/jobs/worker.store.ts';
import { idOf, KIND } from '../large-database.ts';
import { analysis, ended, list, newer, page, queued, some, type Tour, W, worker } from './tour.ts';

const kinds = ['analysis', 'backtest'];
const newJob = {
  workspaceId: W,
  kind: 'analysis',
  origin: 'TICKERS',
  strategy: 'BALANCED',
  source: 'DEMO',
  isDemo: true,
  options: {},
  watchlistId: null,
  retryOf: null,
  priority: 5,
  runAt: null,
  fingerprint: 'new',
  idempotencyKey: 'new',
  requestHash: 'new',
  tickers: ['A', 'B'],
} as const;
const created = idOf(KIND.job, 100_000);

const wanted = { workerId: worker, kinds, limit: 16, suspects: true };

async function claimed(tx: Parameters<Tour[string]>[0]) {
  const { jobs: found } = await claims.lockClaimableJobs(tx, wanted);
  const { items: held } = await claims.claimItems(tx, found, shareOut(found, 16), wanted);
  return held;
}

export const jobsTours: Readonly<Record<string, Tour>> = {
  'jobs/claim': {
    lockClaimableJobs: (tx) => claims.lockClaimableJobs(tx, wanted),
    lockChosenJobs: (tx) => claims.lockChosenJobs(tx, [queued]),
    claimItems: claimed,
    listHeldItems: async (tx) => [await claimed(tx), await claims.listHeldItems(tx, worker)],
    applyOutcomes: async (tx) => {
      const held = await claimed(tx);
      const outcome = {
        state: 'QUEUED',
        phase: 0,
        errorCode: 'X',
        errorMessage: 'x',
        retryInMs: 10,
      } as const;
      return claims.applyOutcomes(
        tx,
        held.map(({ jobId, ticker, fence }) => ({ jobId, ticker, fence, ...outcome })),
      );
    },
    listClaimStates: async (tx) => claims.listClaimStates(tx, await claimed(tx)),
  },
  'jobs/due': {
    promoteFirstDue: (tx) => due.promoteFirstDue(tx, 500),
    promoteDueOfEach: (tx) => due.promoteDueOfEach(tx, 50),
    listFirstDue: (tx) => due.listFirstDue(tx, 500, []),
    listDueOfEach: (tx) => due.listDueOfEach(tx, 50, []),
    promoteJobs: (tx) => due.promoteJobs(tx, [queued]),
    refreshDueTimes: (tx) => due.refreshDueTimes(tx, [queued]),
    listUndatedJobs: (tx) => due.listUndatedJobs(tx, '00000000-0000-0000-0000-000000000000', 100),
    listJobsAhead: (tx) => due.listJobsAhead(tx, 100, []),
    moveTurns: (tx) => due.moveTurns(tx, [queued]),
  },
  'jobs/end': {
    appendJobEnds: (tx) => ends.appendJobEnds(tx, [{ id: queued, workspaceId: W }]),
    listJobEnds: (tx) => ends.listJobEnds(tx, W, 5_000, 100),
  },
  'jobs/item': {
    listItems: (tx) =>
      items.listItems(tx, W, [ended, queued], {}, { limit: 21, from: null, descending: false }),
    'listItems: by state': (tx) =>
      items.listItems(
        tx,
        W,
        [ended, queued],
        { states: ['FAILED'], errorCode: 'X' },
        { limit: 21, from: 'T1', descending: true },
      ),
    countItems: (tx) => items.countItems(tx, W, [ended, queued], {}),
    listTickers: (tx) => items.listTickers(tx, W, queued, ['QUEUED']),
  },
  'jobs/job': {
    lockSubmission: (tx) => jobs.lockSubmission(tx, 'k'),
    holdWatchlist: (tx) => jobs.holdWatchlist(tx, W, list),
    findJobByKey: (tx) => jobs.findJobByKey(tx, W, 'k4'),
    findActiveJob: (tx) => jobs.findActiveJob(tx, W, 'f30002', null),
    'findActiveJob: of ended work': (tx) => jobs.findActiveJob(tx, W, 'f4', null),
    makeJobId: (tx) => jobs.makeJobId(tx),
    insertJob: (tx) => jobs.insertJob(tx, created, newJob),
    insertItems: async (tx) => {
      await jobs.insertJob(tx, created, newJob);
      await jobs.insertItems(tx, created, newJob.tickers);
    },
    insertEvents: (tx) =>
      jobs.insertEvents(tx, [
        {
          jobId: queued,
          events: [{ seq: 2, type: 'JOB_STARTED', ticker: null, phase: null, progress: 0, payload: null }],
        },
      ]),
    lockJobs: (tx) => jobs.lockJobs(tx, [ended, queued]),
    lockJob: (tx) => jobs.lockJob(tx, W, queued),
    updateJobs: async (tx) =>
      jobs.updateJobs(
        tx,
        (await jobs.lockJobs(tx, [queued])).map((job) => ({ job, requeued: true, served: true })),
      ),
    cancelItems: (tx) => jobs.cancelItems(tx, W, queued),
    findJob: (tx) => jobs.findJob(tx, W, queued),
    listJobsByIds: (tx) => jobs.listJobsByIds(tx, W, some(KIND.job, 20)),
    listFollowedJobs: (tx) =>
      jobs.listFollowedJobs(
        tx,
        some(KIND.job, 20).map((id) => ({ id, workspaceId: W })),
      ),
  },
  'jobs/listing': {
    listJobs: (tx) => listing.listJobs(tx, W, {}, page),
    'listJobs: backwards': (tx) => listing.listJobs(tx, W, {}, newer),
    'listJobs: of a span of time': (tx) =>
      listing.listJobs(
        tx,
        W,
        { createdFrom: new Date('2025-01-01T01:00Z'), createdTo: new Date('2025-01-01T02:00Z') },
        page,
      ),
    'listJobs: by a frequent state': (tx) => listing.listJobs(tx, W, { states: ['COMPLETED'] }, page),
    'listJobs: by a rare state': (tx) => listing.listJobs(tx, W, { states: ['FAILED'] }, page),
    'listJobs: by a state of none': (tx) =>
      listing.listJobs(tx, W, { states: ['PROCESSING', 'CANCELLED'] }, page),
    'listJobs: by a rare strategy': (tx) => listing.listJobs(tx, W, { strategy: 'MEAN_REVERSION' }, page),
    'listJobs: by a strategy of none': (tx) =>
      listing.listJobs(tx, W, { strategy: 'MOMENTUM_BREAKOUT' }, page),
    'listJobs: by a rare ticker': (tx) => listing.listJobs(tx, W, { ticker: 'RARE' }, page),
    'listJobs: by a ticker of none': (tx) => listing.listJobs(tx, W, { ticker: 'NONE' }, page),
    'listJobs: by a rare origin': (tx) => listing.listJobs(tx, W, { origin: 'SCHEDULE' }, page),
    'listJobs: by kind': (tx) => listing.listJobs(tx, W, { kinds: ['backtest'] }, page),
    'listJobs: by state and strategy': (tx) =>
      listing.listJobs(tx, W, { states: ['FAILED'], strategy: 'MEAN_REVERSION' }, page),
    'listJobs: by watchlist': (tx) => listing.listJobs(tx, W, { watchlistId: list }, page),
    countJobs: (tx) => listing.countJobs(tx, W, {}),
    'countJobs: by a rare state': (tx) => listing.countJobs(tx, W, { states: ['FAILED'] }),
    'countJobs: by a rare strategy': (tx) => listing.countJobs(tx, W, { strategy: 'MEAN_REVERSION' }),
    'countJobs: by a rare ticker': (tx) => listing.countJobs(tx, W, { ticker: 'RARE' }),
    'countJobs: by a rare origin': (tx) => listing.countJobs(tx, W, { origin: 'SCHEDULE' }),
  },
  'jobs/presence': {
    holdWorkerLock: (_tx, client) => presence.holdWorkerLock(client, 77),
    insertWorker: (_tx, client) =>
      presence.insertWorker(client, { id: created, name: 'w', version: '1', capacity: 1, kinds }, 77, [
        worker,
      ]),
    renewLease: (_tx, client) => presence.renewLease(client, worker, 77, 1),
    markDraining: (_tx, client) => presence.markDraining(client, worker),
    markStopped: (_tx, client) => presence.markStopped(client, worker),
  },
  'jobs/priority': {
    raiseJobPriority: (tx) => priority.raiseJobPriority(tx, W, queued, 6),
  },
  'jobs/queue': {
    findQueueSwitch: (tx) => queue.findQueueSwitch(tx, W),
    setPaused: (tx) => queue.setPaused(tx, W, 'x'),
    setOpen: (tx) => queue.setOpen(tx, W, null),
    awaitClaims: (tx) => queue.awaitClaims(tx, W),
    listWorkers: (tx) => queue.listWorkers(tx, 5_000),
    measureBacklog: (tx) => queue.measureBacklog(tx, W),
    measureQueues: (tx) => queue.measureQueues(tx, 5_000),
  },
  'jobs/retention': {
    tryPruneLock: (tx) => retention.tryPruneLock(tx),
    holdOffPruning: (tx) => retention.holdOffPruning(tx),
    lockOldLogs: (tx) => retention.lockOldLogs(tx, 30, 100),
    'lockOldLogs: of which there are none': (tx) => retention.lockOldLogs(tx, 36_500, 100),
    deleteEvents: (tx) => retention.deleteEvents(tx, some(KIND.job, 100), 1_000),
    markLogsPruned: (tx) => retention.markLogsPruned(tx, some(KIND.job, 100)),
    lockOldJobs: (tx) => retention.lockOldJobs(tx, 30, 100),
    'lockOldJobs: of which there are none': (tx) => retention.lockOldJobs(tx, 36_500, 100),
    forgetRetries: (tx) => retention.forgetRetries(tx, some(KIND.job, 20)),
    lockTickers: (tx) => retention.lockTickers(tx, some(KIND.job, 20)),
    deleteJobs: (tx) => retention.deleteJobs(tx, some(KIND.job, 20)),
    deleteEnds: (tx) => retention.deleteEnds(tx, 30, 1_000),
  },
  'jobs/waiting': {
    listWaitingFacts: (tx) => waiting.listWaitingFacts(tx, some(KIND.job, 20, 30_002), 5_000),
    listPlaces: (tx) => waiting.listPlaces(tx, [queued]),
  },
  'jobs/watchlist-status': {
    lockListsOfTickers: (tx) => status.lockListsOfTickers(tx, [{ workspaceId: W, ticker: 'T30' }]),
    bumpLists: (tx) => status.bumpLists(tx, [W]),
    updateTickers: (tx) =>
      status.updateTickers(tx, [
        { workspaceId: W, ticker: 'T30', jobId: queued, status: 'COMPLETED', analysisId: analysis },
      ]),
  },
  'jobs/worker': {
    tryRescueLock: (tx) => workers.tryRescueLock(tx),
    listPulses: (tx) => workers.listPulses(tx),
    markLost: (tx) => workers.markLost(tx, [worker]),
    listOrphanedJobs: async (tx) => [
      await claimed(tx),
      await workers.markLost(tx, [worker]),
      await workers.listOrphanedJobs(tx, 100),
    ],
    takeOrphanedItems: async (tx) => {
      const held = await claimed(tx);
      await workers.markLost(tx, [worker]);
      return workers.takeOrphanedItems(tx, [...new Set(held.map(({ jobId }) => jobId))], 3, {
        code: 'POISON',
        message: 'x',
      });
    },
    listDisplacedJobs: (tx) => workers.listDisplacedJobs(tx, 100, []),
    isBehindRows: (tx) => workers.isBehindRows(tx),
    moveDisplacedItems: (tx) => workers.moveDisplacedItems(tx, [queued]),
    pruneWorkers: (tx) => workers.pruneWorkers(tx, 0),
  },
};
