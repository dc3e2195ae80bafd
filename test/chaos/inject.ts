import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { authorized } from '../support/key.ts';
import { setClock } from '../support/server-clock.ts';
import type { Cluster, Slot } from './cluster.ts';
import type { FullDisk } from './disk.ts';
import { spoilFiles } from './files.ts';
import type { SecondServer } from './history.ts';
import type { Fault } from './plan.ts';
import type { CrashingPostgres } from './postgres.ts';
import { trySecondServer } from './second-server.ts';
import type { WatchlistLoad } from './watchlist-load.ts';

export interface Surroundings {
  readonly cluster: Cluster;
  readonly postgres: CrashingPostgres;
  /** Null: this account may not mount. */
  readonly disk: FullDisk | null;
  /** CSV_DIR of the processes. */
  readonly priceFolder: string;
  readonly watchlists: Pick<WatchlistLoad, 'contend'>;
  readonly onSecondServer: (result: SecondServer) => void;
}

/** Resolves when the fault was there for its time and is healed. Answers false when it could not be injected. */
export async function inject(fault: Fault, around: Surroundings): Promise<boolean> {
  const { cluster, postgres, disk, priceFolder } = around;
  const slots = fault.targets.map((name) => cluster.slots.get(name)).filter((slot) => slot !== undefined);
  const during = async (begin: (slot: Slot) => unknown, end: (slot: Slot) => unknown) => {
    await Promise.all(slots.map(begin));
    await delay(fault.lengthMs);
    await Promise.all(slots.map(end));
  };

  switch (fault.kind) {
    case 'KILL_WORKER':
    case 'KILL_API':
      await during(
        (slot) => slot.kill(),
        (slot) => slot.revive(),
      );
      break;
    case 'FREEZE_WORKER':
    case 'FREEZE_WORKER_LONG':
    case 'FREEZE_API':
      await during(
        (slot) => slot.signal('SIGSTOP'),
        (slot) => slot.signal('SIGCONT'),
      );
      break;
    case 'SKEW_WORKER':
    case 'SKEW_API':
      // The process that comes back lives on with a wrong clock, until it is killed again.
      for (const slot of slots) slot.setClockOffset(fault.level);
      await during(
        (slot) => slot.kill(),
        (slot) => slot.revive(),
      );
      break;
    case 'STEP_CLOCK':
      await stepClock(postgres, fault.level, fault.lengthMs);
      break;
    case 'SECOND_SERVER': {
      const result = await trySecondServer(postgres);
      if (result === null) return false;
      around.onSecondServer(result);
      break;
    }
    case 'CONTEND_WATCHLISTS':
      await around.watchlists.contend(fault.lengthMs);
      break;
    case 'TERMINATE_LISTENERS':
      return (await terminateAgain(postgres, LISTENING, fault.lengthMs)) > 0;
    case 'TERMINATE_ALL':
      return (await terminateAgain(postgres, 'true', fault.lengthMs)) > 0;
    case 'KILL_POSTGRES':
      await postgres.crash('SIGKILL', fault.lengthMs / 2);
      break;
    case 'RESTART_POSTGRES':
      await postgres.crash('SIGQUIT', fault.lengthMs / 2);
      break;
    case 'LOCK_JOBS':
      await lockJobs(postgres, fault.lengthMs);
      break;
    case 'EXHAUST_CONNECTIONS':
      await exhaustConnections(postgres, fault.lengthMs);
      break;
    case 'EXHAUST_POOL':
      await exhaustPools(postgres, slots, fault.lengthMs);
      break;
    case 'FILL_DISK':
      if (disk === null) return false;
      await disk.fill();
      await delay(fault.lengthMs);
      await disk.free();
      break;
    case 'SPOIL_FILES':
      await spoilFiles(priceFolder, fault.lengthMs);
      break;
    case 'DELAY_LINK':
      await during(
        ({ link }) => link.setMode({ type: 'DELAYED', ms: fault.level }),
        ({ link }) => link.heal(),
      );
      break;
    case 'SLICE_LINK':
      await during(
        ({ link }) => link.setMode({ type: 'SLICED', bytes: fault.level }),
        ({ link }) => link.heal(),
      );
      break;
    case 'STALL_LINK':
      await during(
        ({ link }) => link.setMode({ type: 'STALLED' }),
        ({ link }) => link.heal(),
      );
      break;
    case 'DEAFEN_LINK':
      await during(
        ({ link }) => link.setMode({ type: 'DEAF' }),
        ({ link }) => link.heal(),
      );
      break;
    case 'RESET_LINK':
      await during(
        ({ link }) => link.reset(),
        ({ link }) => link.reset(),
      );
      break;
    case 'ABANDON_LINK':
      await during(
        ({ link }) => link.abandon(),
        ({ link }) => link.heal(),
      );
      break;
    case 'RESET_CLIENTS':
      await during(
        ({ door }) => door?.reset(),
        ({ door }) => door?.reset(),
      );
      break;
    case 'ABANDON_CLIENTS':
      await during(
        ({ door }) => door?.abandon(),
        ({ door }) => door?.heal(),
      );
      break;
    default:
      throw new Error(`no injection for ${fault.kind satisfies never}`);
  }
  return true;
}

const AGAIN_MS = 500;
/** Sessions that listen say so by their last statement: LISTEN, or the NOTIFY to themselves that proves it. */
export const LISTENING = `query ~* '^(listen|notify) '`;

/** Terminates the sessions of the processes that fit, now and every half second. Answers how many. */
async function terminateAgain(postgres: CrashingPostgres, which: string, lengthMs: number): Promise<number> {
  const until = performance.now() + lengthMs;
  let terminated = 0;
  do {
    const rows = await postgres
      .query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid() and application_name <> 'chaos' and (${which})`,
      )
      .catch(() => []);
    terminated += rows.length;
    await delay(AGAIN_MS);
  } while (performance.now() < until);
  return terminated;
}

/** Two steps, one each way. While another fault makes the server unavailable, both wait for it: it must not keep the wrong clock. */
async function stepClock(postgres: CrashingPostgres, byMs: number, lengthMs: number): Promise<void> {
  await setClockOf(postgres, byMs);
  await delay(lengthMs);
  await setClockOf(postgres, 0);
}

async function setClockOf(postgres: CrashingPostgres, byMs: number): Promise<void> {
  while ((await postgres.query(setClock(byMs)).catch(() => null)) === null) await delay(100);
}

async function lockJobs(postgres: CrashingPostgres, lengthMs: number): Promise<void> {
  const client = await postgres.connect().catch(() => null);
  try {
    await client?.query('begin; lock table jobs in access exclusive mode');
    await delay(lengthMs);
    await client?.query('rollback');
  } catch {
    // Another fault took the session and the lock with it.
  } finally {
    await client?.end().catch(() => undefined);
  }
}

/** More readers at a node than its pool has connections, all of them behind a lock: who wants something else waits for a connection. */
const CROWD = 16;
const CROWD_QUERY = '{ instruments(first: 1) { edges { cursor } } }';

async function exhaustPools(
  postgres: CrashingPostgres,
  slots: readonly Slot[],
  lengthMs: number,
): Promise<void> {
  const until = performance.now() + lengthMs;
  const read = async ({ door }: Slot) => {
    while (performance.now() < until) {
      const answer = await fetch(`http://127.0.0.1:${door?.port}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...authorized },
        body: JSON.stringify({ query: CROWD_QUERY }),
        signal: AbortSignal.timeout(10_000),
      }).catch(() => null);
      await answer?.text().catch(() => undefined);
      await delay(20);
    }
  };
  const client = await postgres.connect().catch(() => null);
  try {
    await client?.query('begin; lock table instruments in access exclusive mode');
    await Promise.all(slots.flatMap((slot) => Array.from({ length: CROWD }, () => read(slot))));
    await client?.query('rollback');
  } catch {
    // Another fault took the session and the lock with it.
  } finally {
    await client?.end().catch(() => undefined);
  }
}

/** Sessions that sleep, until the server takes no more. What ends meanwhile is taken too. */
async function exhaustConnections(postgres: CrashingPostgres, lengthMs: number): Promise<void> {
  const sleepers: pg.Client[] = [];
  const until = performance.now() + lengthMs;
  while (performance.now() < until) {
    const client = await postgres.connect().catch(() => null);
    if (client === null) await delay(20);
    else {
      sleepers.push(client);
      client.query('select pg_sleep(60)').catch(() => undefined);
    }
  }
  await postgres.query(`select 1`).catch(() => undefined);
  await Promise.all(sleepers.map((client) => cancelAndEnd(client)));
}

/** `end` alone would wait behind the sleep. */
async function cancelAndEnd(client: pg.Client): Promise<void> {
  const { connection } = client as unknown as { connection: { stream: { destroy(): void } } };
  connection.stream.destroy();
  await client.end().catch(() => undefined);
}
