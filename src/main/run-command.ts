import { randomUUID } from 'node:crypto';
import { listWorkspacesNamed, type Workspace } from '../access/key.store.ts';
import { type Access, DEFAULT_WORKSPACE_ID, SCOPES, type Scope } from '../access.ts';
import { inAction } from '../action.ts';
import type { Config } from '../config.ts';
import { type Db, openDatabase } from '../db/client.ts';
import { UserError } from '../errors.ts';
import { createLogger, type Logger } from '../logger.ts';
import { StartupError } from '../startup.ts';
import { provideDatabase } from './database.ts';
import { createShutdown } from './shutdown.ts';
import { stopOnFailure } from './stop-on-failure.ts';

export interface CommandDeps {
  readonly db: Db;
  readonly log: Logger;
  readonly quotas: Config['quotas'];
}

/** Who made it, where a command did. */
export const COMMAND_LINE = 'command line';

/** The command line makes keys without bounds: an operator who runs it can write to the database anyway. */
export const commandLineMaker: Omit<Access, 'workspaceId'> = {
  keyId: null,
  subject: COMMAND_LINE,
  scopes: new Set(SCOPES),
  credential: { type: 'SERVER' },
};

/** Runs a command with the database, and ends the process; a refusal is told without a stack. */
export async function runCommand(
  name: string,
  config: Config,
  work: (deps: CommandDeps) => Promise<void>,
): Promise<void> {
  const log = createLogger(config.logLevel === 'info' ? 'warn' : config.logLevel);
  const shutdown = createShutdown({ log, drainMs: 0 });
  await stopOnFailure(shutdown, async () => {
    const url = await provideDatabase(config, log, shutdown, 'COMMAND');
    const { db, close } = openDatabase({ url, max: 2, applicationName: `thetool ${name}`, log });
    shutdown.onStop('pool', close);
    await work({ db, log, quotas: config.quotas }).catch((error: unknown) => {
      throw error instanceof UserError ? new StartupError(error.message) : error;
    });
  });
  await shutdown.stop('done');
}

/** All, when none are named. Throws StartupError for what is none. */
/** GraphQL spells `results:read` RESULTS_READ. */
const scopeOf = (name: string) => name.trim().toLowerCase().replace('_', ':');

export function parseScopes(text: string | undefined): readonly Scope[] {
  const names = text === undefined ? SCOPES : text.split(',').map(scopeOf);
  const known = SCOPES.filter((scope) => names.includes(scope));
  if (known.length !== new Set(names).size)
    throw new StartupError(`--scopes takes ${SCOPES.join(', ')}, separated by commas.`);
  return known;
}

/** The default one, when none is named. Of several with one folded name, the one that has exactly this name. Throws StartupError unless there is exactly one. */
export async function getWorkspace(db: Db, nameOrId: string = DEFAULT_WORKSPACE_ID): Promise<Workspace> {
  const all = await listWorkspacesNamed(db, nameOrId);
  const exact = all.filter(({ name }) => name === nameOrId);
  const [found, ...more] = exact.length > 0 ? exact : all;
  if (found === undefined) throw new StartupError(`There is no workspace ${nameOrId}.`);
  if (more.length > 0) throw new StartupError(`Several workspaces are named ${nameOrId}: give an id.`);
  return found;
}

/** What the command line does stands in the audit log of the workspace, under `<command>.<what it does>`. */
export function onBehalfOf<T>(workspaceId: string, name: string, work: () => Promise<T>): Promise<T> {
  const who = { workspaceId, keyId: null, subject: COMMAND_LINE, address: null };
  return inAction({ ...who, name, correlationId: randomUUID() }, work);
}
