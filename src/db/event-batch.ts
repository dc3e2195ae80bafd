/** Types of events. A stored batch names a type by its place, so the list only grows. `jobs/event.ts` says what each means. */
export const eventTypes = [
  'JOB_QUEUED',
  'JOB_STARTED',
  'ITEMS_STARTED',
  'ITEM_PROGRESSED',
  'ITEM_COMPLETED',
  'ITEM_FAILED',
  'ITEM_RETRYING',
  'ITEM_RETURNED',
  'JOB_COMPLETED',
  'JOB_FAILED',
  'JOB_CANCELLED',
] as const;

export interface LoggedEvent {
  readonly seq: number;
  readonly type: (typeof eventTypes)[number];
  readonly ticker: string | null;
  readonly phase: number | null;
  readonly progress: number;
  readonly payload: unknown;
}

/** A row of `job_events`: an event, and those that were stored with it and come directly before it. */
export interface EventBatch {
  readonly last: LoggedEvent;
  /** Events of the row. */
  readonly size: number;
  /** Null when there is but one. */
  readonly earlier: string | null;
}

/** A row of it stays in its page: beyond 2 KB PostgreSQL compresses values and moves them out of line. */
const MAX_LENGTH = 1_800;
/** As `job_events_size_check` has it: a reader knows how far behind its cursor a row may end. */
export const MAX_BATCH = 64;

/** Places count from 1, as in the view `job_log`. The list only grows. */
const placeOf = new Map<string, number>(eventTypes.map((type, i) => [type, i + 1]));

/** Rows for events of one job, which have consecutive seqs and are stored in one statement: one row for some forty of them. */
export function toBatches(events: readonly LoggedEvent[]): EventBatch[] {
  const batches: EventBatch[] = [];
  let earlier = '';
  let size = 0;
  for (const [i, event] of events.entries()) {
    size += 1;
    const next = events[i + 1];
    const text = next === undefined || size === MAX_BATCH ? '' : encode(event);
    if (text !== '' && earlier.length + text.length < MAX_LENGTH) {
      earlier += earlier === '' ? text : `,${text}`;
      continue;
    }
    batches.push({ last: event, size, earlier: size === 1 ? null : `[${earlier}]` });
    earlier = '';
    size = 0;
  }
  return batches;
}

function encode({ type, ticker, phase, progress, payload }: LoggedEvent): string {
  const rest = payload === null ? '' : `,${JSON.stringify(payload)}`;
  return `[${placeOf.get(type)},${ticker === null ? 'null' : JSON.stringify(ticker)},${phase},${progress}${rest}]`;
}

/** The events of a row in their order. */
export function fromBatch({ last, earlier, size }: EventBatch): LoggedEvent[] {
  if (earlier === null) return [last];
  const before = JSON.parse(earlier) as [number, string | null, number | null, number, unknown?][];
  const events = before.map(([place, ticker, phase, progress, payload = null], i): LoggedEvent => {
    const type = eventTypes[place - 1];
    if (type === undefined) throw new Error(`a stored event has the unknown type ${place}`);
    return { seq: last.seq - size + 1 + i, type, ticker, phase, progress, payload };
  });
  return [...events, last];
}
