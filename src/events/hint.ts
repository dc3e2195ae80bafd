/**
 * A hint says that a row has moved on, never what it holds: whoever hears it reads the row.
 * So a hint may be lost, doubled, late or out of order, and nothing is lost.
 */
export interface Hint {
  /**
   * `job`: `at` is the job's last seq. `watchlist`: `at` is the list's revision. `feed`: id is the workspace, `at` its newest position.
   * `end`: as `feed`, of the jobs that ended. `work`: items can be claimed; id is the job, `at` is 0, or in how many
   * milliseconds they are due. `row`: the row of a job has changed without an event; `at` is 0. `access`: id is that of an API key, a
   * membership or a workspace whose rights have changed.
   */
  readonly about: 'job' | 'watchlist' | 'feed' | 'end' | 'work' | 'row' | 'cancel' | 'access';
  readonly id: string;
  readonly at: number;
}

const letters = {
  job: 'j',
  watchlist: 'w',
  feed: 'f',
  end: 'e',
  work: 'q',
  row: 'r',
  cancel: 'c',
  access: 'a',
} as const;
const abouts = new Map<string, Hint['about']>([
  ['j', 'job'],
  ['w', 'watchlist'],
  ['f', 'feed'],
  ['e', 'end'],
  ['q', 'work'],
  ['r', 'row'],
  ['c', 'cancel'],
  ['a', 'access'],
]);

/** PostgreSQL refuses a payload of 8,000 bytes or more, and with it the whole transaction. Hints are ASCII: length is bytes. */
const MAX_PAYLOAD = 7_900;

/** One hint per (about, id), the newest; packed into as few payloads as the limit allows. */
export function encodeHints(hints: readonly Hint[]): string[] {
  const newest = new Map<string, number>();
  for (const hint of hints) {
    const key = `${letters[hint.about]}${hint.id}`;
    newest.set(key, Math.max(hint.at, newest.get(key) ?? 0));
  }
  const payloads: string[] = [];
  let payload = '';
  for (const [key, at] of newest) {
    const word = `${key}:${at}`;
    if (payload.length + 1 + word.length > MAX_PAYLOAD) {
      payloads.push(payload);
      payload = '';
    }
    payload = payload === '' ? word : `${payload} ${word}`;
  }
  if (payload !== '') payloads.push(payload);
  return payloads;
}

/** Reads what `encodeHints` wrote; words of an unknown form (a newer version's) are passed over. */
export function decodeHints(payload: string): Hint[] {
  const hints: Hint[] = [];
  for (const word of payload.split(' ')) {
    const colon = word.indexOf(':');
    const about = abouts.get(word.slice(0, 1));
    const at = Number(word.slice(colon + 1));
    if (about === undefined || colon < 2 || !Number.isSafeInteger(at)) continue;
    hints.push({ about, id: word.slice(1, colon), at });
  }
  return hints;
}
