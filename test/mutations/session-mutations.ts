import { fileMutation, type Mutation } from './mutation.ts';

const sessionTest = 'test/unit/analyses/session-end.test.ts';
const latestTest = 'test/integration/latest.test.ts';
const rankingTest = 'test/integration/ranking.test.ts';
const listingTest = 'test/unit/listing.test.ts';
const instrument = 'src/instruments/instrument.ts';

/** The end of a session, what a list does not say about an instrument, and which result is the latest. */
export const sessionMutations: readonly Mutation[] = [
  fileMutation(17, sessionTest, 'the end of a session', 'counts when the session is over', [
    'src/market/trading-day.ts',
    'if (minuteIn(now, clock.timeZone) >= clock.closesAt)',
    'if (minuteIn(now, clock.timeZone) >= 0)',
  ]),
  fileMutation(17, sessionTest, 'the hours of an exchange', 'counts when the session is over', [
    instrument,
    "closes[listed?.exchange ?? ''] ?? USUAL_CLOSE",
    'USUAL_CLOSE',
  ]),
  fileMutation(17, sessionTest, 'the day of a coin', 'of a coin counts from midnight UTC on', [
    instrument,
    'if (isCoin(ticker))',
    "if (ticker === '')",
  ]),
  fileMutation(
    17,
    sessionTest,
    'the bars that a source says are final',
    'leaves out running sessions itself',
    [instrument, 'if (isFinal)', "if (isFinal && ticker === '')"],
  ),
  fileMutation(17, sessionTest, 'the tick that a list leaves out', 'has that of the source', [
    'src/analyses/judgement.task.ts',
    'zoneOf(listed) === null ? null : listed.tick',
    "zoneOf(listed) === null ? null : (listed.tick ?? '0.01')",
  ]),
  fileMutation(17, listingTest, 'an empty tick of a list', 'a list of five columns is enough', [
    'src/instruments/listing.ts',
    'tick: tick || null',
    "tick: tick || '0.01'",
  ]),
  fileMutation(
    17,
    latestTest,
    'the place of a result without its later bars',
    'whose later bars were left out',
    ['src/analyses/latest.store.ts', "not ${isBeforeFuture('l.analysis_id')}, l.as_of)", 'true, l.as_of)'],
  ),
  fileMutation(17, latestTest, 'the timeframe of moved latest results', 'the upgrade moves a stored latest', [
    'drizzle/0048_prefer_results_of_whole_series.sql',
    `a."strategy" || ':' || a."timeframe" END`,
    'a."strategy" END',
  ]),
  fileMutation(17, latestTest, 'the bar that is gone', 'whose later bars were left out', [
    'src/analyses/latest.store.ts',
    'l.as_of > excluded.as_of and exists',
    'exists',
  ]),
  fileMutation(17, latestTest, 'the timeframe of the last analysis', 'a job that fills a past day', [
    'src/jobs/watchlist-status.store.ts',
    'where s.analysis_id = n.id)',
    'where s.strategy = n.strategy and s.analysis_id = n.id)',
  ]),
  fileMutation(
    17,
    rankingTest,
    'the jobs of several strategies and of other timeframes',
    'a row tells its item under way',
    ['src/analyses/ranking.store.ts', "jsonb_exists(${jobs.options} -> 'strategies', ${strategy})", 'false'],
  ),
];
