import type { SelfExit } from './cluster.ts';
import type { CrashingPostgres } from './postgres.ts';

/** A submit that the API acknowledged at least once. */
export interface Submit {
  readonly key: string;
  /** Every job that an answer to this key named. */
  readonly jobIds: readonly string[];
  /**
   * Which tickers the job must have. GIVEN: those of `expected`. LIST: some of them, because the list was changed at the same time. Otherwise those of
   * the job of that id which failed or were cancelled, as a retry has them.
   */
  readonly tickers: 'GIVEN' | 'LIST' | { readonly retryOf: string };
  /** The end that each ticker has to come to. */
  readonly expected: Readonly<Record<string, 'COMPLETED' | 'FAILED'>>;
  /** NONE: it must not be cancelled. TRIED: it may be. ACKNOWLEDGED: it must be. */
  readonly cancel: 'NONE' | 'TRIED' | 'ACKNOWLEDGED';
}

/** A response of the API to a mutation that was an error of GraphQL. */
export interface FailedMutation {
  readonly mutation: string;
  readonly code: string;
  readonly message: string;
  /** For how long, when the request was sent, no fault had been active that makes the database unavailable. Negative or 0: one was. */
  readonly steadyMs: number;
}

/** What became of a second PostgreSQL that was started on the data directory of the running one. */
export interface SecondServer {
  /** Its exit code; `started` or `hangs` when it did not end by itself. */
  readonly exit: number | 'started' | 'hangs';
  readonly output: string;
  /** Whether the first server executed a statement afterwards. */
  readonly firstResponds: boolean;
}

/** What one subscriber received, over all its connections. */
export interface Follower {
  readonly name: string;
  readonly jobId: string;
  readonly seqs: readonly number[];
  /** Null: it is still waiting. */
  readonly end: 'COMPLETE' | string | null;
}

export interface JobRow {
  readonly id: string;
  readonly state: string;
  readonly key: string | null;
  readonly total: number;
  readonly queued: number;
  readonly processing: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly last_seq: number;
}

export interface ItemRow {
  readonly job_id: string;
  readonly ticker: string;
  readonly state: string;
  readonly error_code: string | null;
}

export interface EventRow {
  readonly job_id: string;
  readonly seq: number;
  readonly type: string;
  readonly ticker: string | null;
}

export interface ItemWrite {
  readonly id: number;
  readonly txid: number;
  readonly process: string;
  readonly job_id: string;
  readonly ticker: string;
  readonly old_state: string;
  readonly new_state: string;
  readonly old_fence: number | null;
  readonly new_fence: number | null;
  readonly old_worker: string | null;
  readonly new_worker: string | null;
}

export interface WorkerWrite {
  readonly id: number;
  readonly txid: number;
  readonly process: string;
  readonly worker_id: string;
  readonly new_state: string;
}

export interface ResultWrite {
  readonly id: number;
  readonly txid: number;
  readonly process: string;
  readonly job_id: string;
  readonly ticker: string;
}

/** The state of queue and workers at one moment. */
export interface Sample {
  readonly atMs: number;
  /** How long no fault had been active; 0 while one is. */
  readonly calmMs: number;
  /** Items that may be claimed, `job ticker`. */
  readonly claimable: readonly string[];
  /** Workers with room: alive, renewed in time, and no claim of theirs for 2 s. */
  readonly idle: readonly string[];
  /** Items in the hands of a worker that is gone, `job ticker fence`, and how long it has been. */
  readonly orphans: readonly { readonly item: string; readonly forMs: number }[];
}

export interface History {
  readonly submits: readonly Submit[];
  readonly followers: readonly Follower[];
  readonly selfExits: readonly SelfExit[];
  readonly samples: readonly Sample[];
  readonly failedMutations: readonly FailedMutation[];
  readonly secondServers: readonly SecondServer[];
  readonly deadlocks: {
    /** From the log of the server. */
    readonly reports: readonly string[];
    /** `pg_stat_database.deadlocks` at the end; a crash of the server sets it to 0. */
    readonly counted: number;
  };
  readonly jobs: readonly JobRow[];
  readonly items: readonly ItemRow[];
  readonly results: readonly { readonly job_id: string; readonly ticker: string }[];
  readonly events: readonly EventRow[];
  readonly itemWrites: readonly ItemWrite[];
  readonly workerWrites: readonly WorkerWrite[];
  readonly resultWrites: readonly ResultWrite[];
}

type Stored = Pick<
  History,
  'jobs' | 'items' | 'results' | 'events' | 'itemWrites' | 'workerWrites' | 'resultWrites'
>;

/** What the database holds when the run is over. bigint columns come as float8: exact up to 2^53. */
export async function readStored(postgres: Pick<CrashingPostgres, 'query'>): Promise<Stored> {
  const [jobs, items, results, events, itemWrites, workerWrites, resultWrites] = await Promise.all([
    postgres.query<JobRow>(
      `select id, state, idempotency_key as key, total, queued, processing, succeeded, failed, cancelled, last_seq from jobs`,
    ),
    postgres.query<ItemRow>('select job_id, ticker, state, error_code from job_items'),
    postgres.query<{ job_id: string; ticker: string }>('select job_id, ticker from analyses'),
    postgres.query<EventRow>('select job_id, seq, type, ticker from job_log order by job_id, seq'),
    postgres.query<ItemWrite>(
      `select id::float8, txid::float8, process, job_id, ticker, old_state, new_state, old_fence::float8, new_fence::float8, old_worker, new_worker
       from chaos_item_writes order by id`,
    ),
    postgres.query<WorkerWrite>(
      'select id::float8, txid::float8, process, worker_id, new_state from chaos_worker_writes order by id',
    ),
    postgres.query<ResultWrite>(
      'select id::float8, txid::float8, process, job_id, ticker from chaos_result_writes order by id',
    ),
  ]);
  return { jobs, items, results, events, itemWrites, workerWrites, resultWrites };
}
