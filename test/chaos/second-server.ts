import { spawnSync } from 'node:child_process';
import { eventually } from '../support/eventually.ts';
import { run } from '../support/processes.ts';
import type { SecondServer } from './history.ts';
import type { CrashingPostgres } from './postgres.ts';

/** A PID namespace of its own, as a container has it. All its processes end with the first one. */
const CONTAINER = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'] as const;
const [UNSHARE, ...ARGUMENTS] = CONTAINER;
let isPermitted: boolean | null = null;

/** A start that neither ended nor got ready by then hangs. */
const LIMIT_MS = 30_000;

/**
 * Starts a second PostgreSQL on the data directory of the running one, as another container with the same volume does, and asks the first one
 * for a row afterwards. Returns null where this account may not make namespaces.
 */
export async function trySecondServer(postgres: CrashingPostgres): Promise<SecondServer | null> {
  isPermitted ??= spawnSync(UNSHARE, [...ARGUMENTS, 'true']).status === 0;
  if (!isPermitted) return null;
  const second = run(
    '../../test/support/embedded-process.ts',
    { DATA_DIR: postgres.dataDir, LOG_LEVEL: 'info' },
    { under: CONTAINER },
  );
  const started = second.said(/^ready /m).then(
    () => true,
    () => false,
  );
  const limit = Promise.withResolvers<false>();
  const timer = setTimeout(limit.resolve, LIMIT_MS, false);
  const isStarted = await Promise.race([started, limit.promise]);
  clearTimeout(timer);
  const exit = isStarted ? 'started' : second.child.exitCode === null ? 'hangs' : second.child.exitCode;
  await second.stop('SIGKILL');
  return { exit, output: second.output().slice(-1_000), firstResponds: await responds(postgres) };
}

/** Another fault may end the first connection, or use all of them up for some seconds. */
function responds(postgres: CrashingPostgres): Promise<boolean> {
  const row = async () => (await postgres.query('select from jobs limit 1').catch(() => null)) !== null;
  return eventually(row, LIMIT_MS).catch(() => false);
}
