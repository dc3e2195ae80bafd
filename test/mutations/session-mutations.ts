import { fileMutation, type Mutation } from './mutation.ts';

const sessionTest = 'test/unit/analyses/session-end.test.ts';
const listingTest = 'test/unit/listing.test.ts';
const instrument = 'src/instruments/instrument.ts';

/** The end of a session, and what a list does not say about an instrument. */
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
];
