import { type ChildProcess, fork } from 'node:child_process';
import { ItemError } from '../../errors.ts';
import { fromReply, READY, type ReadCall, type ReadReply, type ReadResults, subjectOf } from './call.ts';

const SCRIPT = new URL('./serve-reads.ts', import.meta.url);

export interface ReaderSettings {
  /** Reader processes that work at a time. */
  readonly places: number;
  /** Reader processes at most, including those that hang and those that were killed and have not ended. */
  readonly most: number;
  /** A reader that has not started after this is killed, milliseconds. */
  readonly startMs: number;
  /** After this a read counts as hung and another reader takes its place, milliseconds. */
  readonly stalledMs: number;
  /** After this a read fails and its reader is killed, milliseconds. */
  readonly deadlineMs: number;
  /** For so long after a deadline a file counts as slow: one slow file is read at a time, and others go first, milliseconds. */
  readonly slowMs: number;
  /** After this a reader without a call ends, milliseconds. */
  readonly idleMs: number;
  /** User that the readers run as; absent: the user of this process. */
  readonly uid?: number;
}

const usual: ReaderSettings = {
  places: 2,
  most: 6,
  startMs: 30_000,
  stalledMs: 1_000,
  deadlineMs: 5_000,
  slowMs: 600_000,
  idleMs: 30_000,
};

export interface Readers {
  /**
   * Sends a call to a reader process. Rejects with the signal's reason as soon as it aborts, or with ItemError: what the reader
   * reported, SOURCE_TIMEOUT after the deadline, or SOURCE_UNAVAILABLE when the reader ends or when all readers hang.
   */
  call<Call extends ReadCall>(call: Call, signal: AbortSignal): Promise<ReadResults[Call['type']]>;
  /** Process ids of the readers. */
  pids(): readonly number[];
  /** Kills the readers; their calls reject. */
  close(): void;
}

interface Pending {
  readonly call: ReadCall;
  resolve(value: ReadResults[keyof ReadResults]): void;
  reject(error: unknown): void;
}

interface Reader {
  readonly child: ChildProcess;
  /** False until its first message: its start is not a part of the time of a read. */
  ready: boolean;
  /** The call that it works on. */
  current: Pending | null;
  /** Its read hangs, or it was killed: it gets no call. */
  stalled: boolean;
  timers: NodeJS.Timeout[];
}

/**
 * Files are read in child processes. A read of a stalled mount cannot be interrupted. In this process it would occupy one of the
 * four threads that file, DNS and compression calls share, and the process could not exit before the read returns. The same is
 * true of a worker thread. A child process that hangs costs one place among the readers. Readers start when they are needed.
 */
export function createReaders(settings: Partial<ReaderSettings> = {}): Readers {
  const { places, most, startMs, stalledMs, deadlineMs, slowMs, idleMs, uid } = { ...usual, ...settings };
  const readers = new Set<Reader>();
  const queue: Pending[] = [];
  /** Files that were not read within the deadline, and until when they count as slow. */
  const slow = new Map<string, number>();

  function start(): Reader {
    const child = fork(SCRIPT, [], {
      // A reader needs no settings and no secrets.
      env: {},
      execArgv: ['--max-old-space-size=512'],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      serialization: 'advanced',
      ...(uid !== undefined && { uid }),
    });
    const reader: Reader = { child, ready: false, current: null, stalled: false, timers: [] };
    readers.add(reader);
    child.on('message', (message: typeof READY | ReadReply) => {
      if (message === READY) begin(reader);
      else finish(reader, message);
    });
    child.on('error', (error) => drop(reader, error.message));
    child.on('exit', (code, signal) => drop(reader, String(signal ?? code)));
    return reader;
  }

  function begin(reader: Reader): void {
    reader.ready = true;
    if (reader.current === null) return;
    clearTimers(reader);
    watch(reader);
  }

  function finish(reader: Reader, reply: ReadReply): void {
    const pending = release(reader);
    reader.stalled = reader.child.killed;
    rest(reader);
    if (pending !== null) deliver(pending, reply);
    dispatch();
  }

  /** A reader without a call does not keep this process alive. */
  function rest(reader: Reader): void {
    reader.child.unref();
    reader.child.channel?.unref();
    reader.timers.push(setTimeout(kill, idleMs, reader).unref());
  }

  function kill(reader: Reader): void {
    reader.stalled = true;
    reader.child.kill('SIGKILL');
  }

  function clearTimers(reader: Reader): void {
    for (const timer of reader.timers.splice(0)) clearTimeout(timer);
  }

  function release(reader: Reader): Pending | null {
    clearTimers(reader);
    const pending = reader.current;
    reader.current = null;
    return pending;
  }

  function drop(reader: Reader, why: string): void {
    const pending = release(reader);
    readers.delete(reader);
    pending?.reject(unavailable(pending, `the reader process ended (${why})`, 'READER_ENDED'));
    dispatch();
  }

  function give(reader: Reader, pending: Pending): void {
    release(reader);
    reader.current = pending;
    reader.child.ref();
    reader.child.channel?.ref();
    if (reader.ready) watch(reader);
    else reader.timers.push(setTimeout(expire, startMs, reader, startMs));
    reader.child.send(pending.call, (error) => {
      if (error !== null) drop(reader, error.message);
    });
  }

  function watch(reader: Reader): void {
    const stall = () => {
      reader.stalled = true;
      dispatch();
    };
    reader.timers.push(setTimeout(stall, stalledMs), setTimeout(expire, deadlineMs, reader, deadlineMs));
  }

  function expire(reader: Reader, afterMs: number): void {
    const pending = release(reader);
    rest(reader);
    kill(reader);
    if (pending === null) return;
    slow.set(subjectOf(pending.call), performance.now() + slowMs);
    const message = `${subjectOf(pending.call)} was not read within ${afterMs / 1_000} s.`;
    pending.reject(new ItemError('SOURCE_TIMEOUT', message));
  }

  /** A reader that can take a call at once, started if need be; null when all places are taken. */
  function vacant(): Reader | null {
    const working = [...readers].filter(({ stalled }) => !stalled);
    const resting = working.find(({ current }) => current === null);
    if (resting !== undefined) return resting;
    return working.length < places && readers.size < most ? start() : null;
  }

  function leaveQueue(pending: Pending): void {
    const at = queue.indexOf(pending);
    if (at >= 0) queue.splice(at, 1);
  }

  function isSlow({ call }: Pending): boolean {
    const until = slow.get(subjectOf(call));
    if (until !== undefined && until < performance.now()) slow.delete(subjectOf(call));
    return until !== undefined && until >= performance.now();
  }

  /** Files that are slow must not hold up the others: they wait for all others, and one of them is read at a time. */
  function nextInLine(): Pending | undefined {
    const first = queue[0];
    if (slow.size === 0 || first === undefined) return first;
    const other = queue.find((pending) => !isSlow(pending));
    if (other !== undefined) return other;
    const reading = [...readers].some(({ current }) => current !== null && isSlow(current));
    return reading ? undefined : first;
  }

  function dispatch(): void {
    for (let next = nextInLine(); next !== undefined; next = nextInLine()) {
      try {
        const reader = vacant();
        if (reader === null) break;
        leaveQueue(next);
        give(reader, next);
      } catch (error) {
        leaveQueue(next);
        next.reject(unavailable(next, `no reader process could start (${error})`, 'READER_ENDED'));
      }
    }
    const allHang = readers.size >= most && [...readers].every(({ stalled }) => stalled);
    if (!allHang) return;
    for (const pending of queue.splice(0))
      pending.reject(unavailable(pending, 'the file system does not respond', 'STALLED'));
  }

  return {
    call<Call extends ReadCall>(call: Call, signal: AbortSignal) {
      return new Promise<ReadResults[Call['type']]>((resolve, reject) => {
        signal.throwIfAborted();
        const pending: Pending = {
          call,
          resolve: (value) => {
            signal.removeEventListener('abort', stop);
            resolve(value as ReadResults[Call['type']]);
          },
          reject: (error) => {
            signal.removeEventListener('abort', stop);
            reject(error);
          },
        };
        const stop = () => {
          leaveQueue(pending);
          reject(signal.reason);
        };
        signal.addEventListener('abort', stop, { once: true });
        queue.push(pending);
        dispatch();
      });
    },
    pids: () => [...readers].flatMap(({ child }) => child.pid ?? []),
    close() {
      for (const reader of readers) kill(reader);
    },
  };
}

function deliver(pending: Pending, reply: ReadReply): void {
  try {
    pending.resolve(fromReply(reply));
  } catch (error) {
    pending.reject(error);
  }
}

function unavailable({ call }: Pending, why: string, detail: string): ItemError {
  return new ItemError('SOURCE_UNAVAILABLE', `${subjectOf(call)} could not be read: ${why}.`, { detail });
}

let shared: Readers | null = null;

/** The readers of this process; they are killed when it ends. */
export function shareReaders(): Readers {
  if (shared === null) {
    const readers = createReaders();
    process.once('exit', readers.close);
    shared = readers;
  }
  return shared;
}
