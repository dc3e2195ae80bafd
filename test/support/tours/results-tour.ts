import * as analyses from '../../../src/analyses/analysis.store.ts';
import * as dashboard from '../../../src/analyses/dashboard.store.ts';
import * as exported from '../../../src/analyses/export.store.ts';
import * as feed from '../../../src/analyses/feed.store.ts';
import * as figures from '../../../src/analyses/figure.store.ts';
import { BAR_FIGURES } from '../../../src/analyses/figures.ts';
import * as history from '../../../src/analyses/history.store.ts';
import * as latest from '../../../src/analyses/latest.store.ts';
import { LINES } from '../../../src/analyses/lines.ts';
import * as ranking from '../../../src/analyses/ranking.store.ts';
import { TALLY_NUMBERS } from '../../../src/analyses/tallies.ts';
import * as tallies from '../../../src/analyses/tally.store.ts';
import * as backtests from '../../../src/backtests/backtest.store.ts';
import * as tradeExport from '../../../src/backtests/export.store.ts';
import * as trades from '../../../src/backtests/trade.store.ts';
import { strategyIds } from '../../../src/quant/strategies/index.ts';
import { idOf, KIND } from '../large-database.ts';
import { analysis, backtest, ended, list, page, some, type Tour, W } from './tour.ts';

const fresh = idOf(KIND.analysis, 900_000);
const stored = {
  jobId: idOf(KIND.job, 30_002),
  workspaceId: W,
  ticker: 'T1',
  analysis: {
    ...{
      id: fresh,
      strategy: 'BALANCED',
      score: 0,
      scoreVerdict: 'HOLD',
      verdict: 'HOLD',
      regime: 'TRENDING',
    },
    ...{
      coverage: 1,
      conviction: 0,
      buyVotes: 0,
      neutralVotes: 0,
      sellVotes: 0,
      unavailableVotes: 0,
      side: null,
    },
    ...{
      entry: null,
      stop: null,
      target: null,
      riskReward: null,
      positionSize: null,
      currency: null,
      warnings: [],
    },
    ...{
      source: 'DEMO',
      isDemo: true,
      customised: false,
      timeframe: 'DAILY',
      asOf: '2025-06-01',
      inputHash: null,
      engineVersion: 1,
      figures: BAR_FIGURES.map(() => Number.NaN),
      lines: LINES.map(() => Number.NaN),
      tallies: Array.from({ length: TALLY_NUMBERS }, () => Number.NaN),
    },
    packed: Buffer.of(0),
    details: { options: { asOf: null }, provenance: { asOf: '2025-06-02' } },
  },
} as unknown as analyses.StoredAnalysis;
const curve = { dates: ['2024-01-01'], equity: [1], buyAndHold: [1] };
const tickers = Array.from({ length: 20 }, (_, i) => `T${i}`);
const keys = tickers.map((ticker) => ({ ticker, strategy: 'BALANCED' }));
const ids = some(KIND.analysis, 20, 5_000);
const pairs = [{ jobId: ended, ticker: 'RARE' }];
const everything = { strategy: 'BALANCED', includeDemo: true };
const byScore = { by: 'SCORE', descending: true } as const;
const first = { limit: 21, beyond: null, backwards: false };
const newBacktest = {
  ...{
    id: fresh,
    strategy: 'BALANCED',
    customised: false,
    inputHash: '00'.repeat(16),
    engineVersion: 1,
    warnings: [],
  },
  details: { options: {}, provenance: { source: 'DEMO', isDemo: true } },
  result: {
    ...{ firstDate: '2024-01-01', lastDate: '2024-01-02', tradableFrom: null, pending: false, curve },
    skipped: { open: 0, cooldown: 0, noSlot: 0 },
    metrics: {
      ...{ trades: 0, wins: 0, losses: 0, totalReturnPct: 0, maxDrawdownPct: 0, exposurePct: 0 },
      ...{ longestWinStreak: 0, longestLossStreak: 0, peakDate: null, troughDate: null, cagrPct: null },
      ...{
        winRatePct: null,
        profitFactor: null,
        avgWinPct: null,
        avgLossPct: null,
        expectancyPct: null,
        bestPct: null,
      },
      ...{ worstPct: null, sharpe: null },
    },
    buyAndHold: {
      metrics: {
        totalReturnPct: 0,
        maxDrawdownPct: 0,
        cagrPct: null,
        peakDate: null,
        troughDate: null,
        sharpe: null,
      },
      curve: { equity: [1] },
    },
    trades: [
      {
        ...{
          signalDate: '2024-01-01',
          entryDate: '2024-01-02',
          entryPrice: 1,
          exitDate: '2024-01-03',
          exitPrice: 1,
          stop: 1,
        },
        ...{
          target: 1,
          returnPct: 1,
          grossPct: 1,
          barsHeld: 1,
          exitReason: 'STOP',
          gap: false,
          score: 0,
          verdict: 'BUY',
        },
        ...{ side: 'LONG', rsi: null, adx: null, volumeRatio: null, regime: 'TRENDING' },
      },
    ],
  },
} as unknown as Parameters<typeof backtests.insertBacktestDetails>[1][number];
const ofItem = { jobId: stored.jobId, workspaceId: W, ticker: 'T1', backtest: newBacktest };

export const resultsTours: Readonly<Record<string, Tour>> = {
  'analyses/analysis': {
    insertAnalyses: (tx) => analyses.insertAnalyses(tx, [stored]),
    insertDetails: async (tx) => [
      await analyses.insertAnalyses(tx, [stored]),
      await analyses.insertDetails(tx, [stored]),
    ],
    findAnalysis: (tx) => analyses.findAnalysis(tx, W, analysis),
    listAnalysesByIds: (tx) => analyses.listAnalysesByIds(tx, W, ids),
    listFedAnalyses: (tx) => analyses.listFedAnalyses(tx, [W], ids),
    listDetails: (tx) => analyses.listDetails(tx, W, [fresh]),
    listAnalyses: (tx) => analyses.listAnalyses(tx, W, {}, page),
    'listAnalyses: backwards': (tx) => analyses.listAnalyses(tx, W, {}, { limit: 21, newerThan: analysis }),
    'listAnalyses: behind a cursor': (tx) =>
      analyses.listAnalyses(tx, W, { verdicts: ['BUY', 'SELL'] }, { limit: 21, olderThan: analysis }),
    'listAnalyses: of a job': (tx) => analyses.listAnalyses(tx, W, { jobId: ended }, page),
    'listAnalyses: of a ticker': (tx) => analyses.listAnalyses(tx, W, { ticker: 'T30' }, page),
    'listAnalyses: of a ticker within days': (tx) =>
      analyses.listAnalyses(tx, W, { ticker: 'T30', asOfFrom: '2020-01-01', asOfTo: '2100-01-01' }, page),
    'listAnalyses: by a frequent verdict': (tx) => analyses.listAnalyses(tx, W, { verdicts: ['HOLD'] }, page),
    'listAnalyses: by a verdict of none': (tx) =>
      analyses.listAnalyses(tx, W, { verdicts: ['STRONG_BUY'] }, page),
    'listAnalyses: by a rare strategy': (tx) =>
      analyses.listAnalyses(tx, W, { strategy: 'MEAN_REVERSION' }, page),
    'listAnalyses: by a strategy of none': (tx) =>
      analyses.listAnalyses(tx, W, { strategy: 'MOMENTUM_BREAKOUT' }, page),
    'listAnalyses: by strategy and verdict': (tx) =>
      analyses.listAnalyses(tx, W, { strategy: 'BALANCED', verdicts: ['STRONG_BUY'] }, page),
    'listAnalyses: with those of spans': (tx) =>
      analyses.listAnalyses(tx, W, { includeBackfill: true }, page),
    'listAnalyses: by strategy, with those of spans': (tx) =>
      analyses.listAnalyses(tx, W, { strategy: 'BALANCED', includeBackfill: true }, page),
    countAnalyses: (tx) => analyses.countAnalyses(tx, W, {}),
    'countAnalyses: of a job': (tx) => analyses.countAnalyses(tx, W, { jobId: ended }),
    'countAnalyses: of a ticker': (tx) => analyses.countAnalyses(tx, W, { ticker: 'T30' }),
    'countAnalyses: by a verdict of none': (tx) =>
      analyses.countAnalyses(tx, W, { verdicts: ['STRONG_BUY'] }),
    'countAnalyses: by a rare strategy': (tx) =>
      analyses.countAnalyses(tx, W, { strategy: 'MEAN_REVERSION' }),
    listLatest: (tx) => analyses.listLatest(tx, W, tickers, 'BALANCED'),
    listAnalysesOfItems: (tx) => analyses.listAnalysesOfItems(tx, W, pairs, strategyIds),
  },
  'analyses/latest': {
    upsertLatest: async (tx) => [
      await analyses.insertAnalyses(tx, [stored]),
      await latest.upsertLatest(tx, [stored]),
    ],
  },
  'analyses/dashboard': {
    summariseLists: (tx) => dashboard.summariseLists(tx, W, [{ listId: list, strategy: 'BALANCED' }]),
    'summariseLists: all lists': (tx) =>
      dashboard.summariseLists(tx, W, [{ listId: null, strategy: 'BALANCED' }]),
    listLatestOf: (tx) => dashboard.listLatestOf(tx, W, keys),
    listScores: (tx) => dashboard.listScores(tx, W, keys, 10),
    'listScores: by a rare strategy': (tx) =>
      dashboard.listScores(tx, W, [{ ticker: 'T6', strategy: 'MEAN_REVERSION' }], 10),
  },
  'analyses/export': {
    findHead: (tx) => exported.findHead(tx, W),
    readExportChunk: (tx) =>
      exported.readExportChunk(tx, W, { includeDemo: true, includeBackfill: false }, 'csv', {
        after: 10_000,
        until: 1e6,
        size: 500,
      }),
    'readExportChunk: by a verdict of none': (tx) =>
      exported.readExportChunk(
        tx,
        W,
        { verdicts: ['STRONG_BUY'], includeDemo: true, includeBackfill: false },
        'csv',
        {
          after: 10_000,
          until: 1e6,
          size: 500,
        },
      ),
  },
  'analyses/figure': {
    lockUnfilled: (tx) => figures.lockUnfilled(tx, 20),
    updateFigures: (tx) =>
      figures.updateFigures(
        tx,
        ids.map((id) => ({ id, figures: BAR_FIGURES.map(() => 1) })),
      ),
    lockUnlined: (tx) => figures.lockUnlined(tx, 20),
    updateLines: (tx) =>
      figures.updateLines(
        tx,
        ids.map((id) => ({ id, lines: LINES.map(() => 1) })),
      ),
  },
  'analyses/feed': {
    appendToFeed: (tx) => feed.appendToFeed(tx, [{ workspaceId: W, analysisId: fresh }]),
    listFeedPages: (tx) =>
      feed.listFeedPages(
        tx,
        [
          { workspaceId: W, after: 10_000 },
          { workspaceId: W, after: null },
        ],
        100,
      ),
  },
  'analyses/history': { listPrevious: (tx) => history.listPrevious(tx, W, ids) },
  'analyses/tally': {
    sumTallies: (tx) =>
      tallies.sumTallies(tx, W, [{ strategy: 'BALANCED', timeframe: 'DAILY', side: 'LONG', isDemo: true }]),
  },
  'analyses/ranking': {
    listRanking: (tx) => ranking.listRanking(tx, W, everything, byScore, first),
    'listRanking: of a list': (tx) =>
      ranking.listRanking(tx, W, { ...everything, watchlistId: list }, byScore, first),
    listActiveItems: (tx) =>
      ranking.listActiveItems(tx, W, { strategy: 'BALANCED', timeframe: 'DAILY' }, tickers),
    countRanking: (tx) => ranking.countRanking(tx, W, everything),
  },
  'backtests/backtest': {
    insertBacktests: (tx) => backtests.insertBacktests(tx, [ofItem]),
    insertBacktestDetails: async (tx) => [
      await backtests.insertBacktests(tx, [ofItem]),
      await backtests.insertBacktestDetails(tx, [newBacktest]),
    ],
    findBacktest: (tx) => backtests.findBacktest(tx, W, backtest),
    listBacktestsByIds: (tx) => backtests.listBacktestsByIds(tx, W, some(KIND.backtest, 20)),
    listBacktests: (tx) => backtests.listBacktests(tx, W, {}, page),
    'listBacktests: of a job': (tx) => backtests.listBacktests(tx, W, { jobId: ended }, page),
    'listBacktests: of a ticker': (tx) => backtests.listBacktests(tx, W, { ticker: 'T90' }, page),
    'listBacktests: by a strategy of none': (tx) =>
      backtests.listBacktests(tx, W, { strategy: 'TREND_FOLLOWING' }, page),
    countBacktests: (tx) => backtests.countBacktests(tx, W, {}),
    'countBacktests: by a strategy of none': (tx) =>
      backtests.countBacktests(tx, W, { strategy: 'TREND_FOLLOWING' }),
    listBacktestsOfItems: (tx) => backtests.listBacktestsOfItems(tx, W, pairs),
    listBacktestDetails: (tx) => backtests.listBacktestDetails(tx, W, some(KIND.backtest, 20)),
    listCurves: (tx) => backtests.listCurves(tx, W, some(KIND.backtest, 20)),
  },
  'backtests/export': {
    listExportedBacktests: (tx) => tradeExport.listExportedBacktests(tx, W, ended),
    readTradeChunk: (tx) =>
      tradeExport.readTradeChunk(tx, W, some(KIND.backtest, 20), 'csv', {
        after: { backtestId: idOf(KIND.backtest, 0), n: 0 },
        size: 500,
      }),
  },
  'backtests/trade': {
    insertTrades: async (tx) => [
      await backtests.insertBacktests(tx, [ofItem]),
      await trades.insertTrades(tx, [newBacktest]),
    ],
    listTrades: (tx) =>
      trades.listTrades(tx, W, backtest, { sort: 'RETURN', descending: true }, { limit: 21, beyond: 1 }),
  },
};
