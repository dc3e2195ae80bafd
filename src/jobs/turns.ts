/** Items of one turn. Fewer would touch more jobs per claim, more would let a large job hold up the others of its workspace. */
export const TURN = 8;
/** A job of one turn at most starts in line as though it had waited for this long: it passes larger jobs, and delays them by no more. */
const HEAD_START_MS = 10_000;

/** How much earlier than its due time a job of so many items takes its place in line, ms. */
export function headStartMs(items: number): number {
  return items <= TURN ? HEAD_START_MS : 0;
}

/** What the order of claims depends on. */
export interface InLine {
  readonly id: string;
  readonly workspaceId: string;
  readonly priority: number;
  readonly queued: number;
  /** Place in line, ms since 1970: the earliest first. */
  readonly turnAt: number;
}

/** How many items a claim takes from a job at most. */
export interface Share {
  readonly id: string;
  readonly workspaceId: string;
  readonly items: number;
}

/**
 * Shares the places of a claim among jobs. Workspaces get one item each in turn, in random order. Within a workspace a higher priority
 * comes first; jobs of equal priority take turns of `TURN` items in the order of `turnAt`, again and again while places and items are
 * left. Jobs that get nothing are left out; the others come in the order in which their first items were given.
 */
export function shareOut(
  jobs: readonly InLine[],
  places: number,
  random: () => number = Math.random,
): Share[] {
  const lines = [...Map.groupBy(jobs, (job) => job.workspaceId).values()]
    .map((own) => ({ turns: turnsOf(own), at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ turns }) => turns);
  const shares = new Map<InLine, number>();
  let left = places;
  while (left > 0 && lines.length > 0) {
    for (const line of lines.splice(0)) {
      if (left === 0) break;
      const { value: job } = line.next();
      if (job === undefined) continue;
      shares.set(job, (shares.get(job) ?? 0) + 1);
      left -= 1;
      lines.push(line);
    }
  }
  return [...shares].map(([{ id, workspaceId }, items]) => ({ id, workspaceId, items }));
}

/** The jobs of one workspace, each once per queued item, in the order in which these are claimed. */
function* turnsOf(jobs: readonly InLine[]): Generator<InLine, undefined> {
  const byPriority = Map.groupBy(jobs, ({ priority }) => priority);
  for (const priority of [...byPriority.keys()].sort((a, b) => b - a)) {
    let line = (byPriority.get(priority) ?? []).toSorted(byTurn).map((job) => ({ job, left: job.queued }));
    while (line.length > 0) {
      for (const entry of line) {
        for (let n = 0; n < TURN && entry.left > 0; n += 1, entry.left -= 1) yield entry.job;
      }
      line = line.filter(({ left }) => left > 0);
    }
  }
}

/** Ties as in the index of the claim. */
function byTurn(a: InLine, b: InLine): number {
  return a.turnAt - b.turnAt || (a.id < b.id ? -1 : 1);
}
