import { parseArgs } from 'node:util';
import { v7 as uuidv7 } from 'uuid';
import { DEFAULT_WORKSPACE_ID, SCOPES, type Scope } from '../access/access.ts';
import { createKey, revokeKey, rotateKey } from '../access/issue-keys.ts';
import { insertWorkspace, listKeys, listWorkspacesNamed, type Workspace } from '../access/key.store.ts';
import { loadConfig } from '../config.ts';
import { type Db, openDatabase } from '../db/client.ts';
import { UserError } from '../errors.ts';
import { createLogger, type Logger } from '../logger.ts';
import { StartupError } from '../startup.ts';
import { provideDatabase } from './database.ts';
import { createShutdown } from './shutdown.ts';
import { stopOnFailure } from './stop-on-failure.ts';

const USAGE = `Usage: npm run keys -- create --name <what for> [--scopes ${SCOPES.join(',')}] [--days <until it ends>]
                       list
                       revoke <key id>
                       rotate <key id> [--overlap-hours 24]
                       create-workspace <name>
Each but the last takes [--workspace <name or id>]; without it, it is about the default workspace.`;
const COMMANDS = ['create', 'list', 'revoke', 'rotate', 'create-workspace'] as const;
type Command = (typeof COMMANDS)[number];
const DAY_MS = 86_400_000;
const LISTED = 1_000;
const COMMAND_LINE = 'command line';

interface Options {
  readonly name?: string;
  readonly scopes?: string;
  readonly days?: string;
  readonly workspace?: string;
  readonly 'overlap-hours'?: string;
}

/** Keys and workspaces from the command line, for whoever may write to the database anyway. */
export async function main(): Promise<void> {
  const { command, target, options } = parseCommand();
  const config = loadConfig();
  const log = createLogger(config.logLevel === 'info' ? 'warn' : config.logLevel);
  const shutdown = createShutdown({ log, drainMs: 0 });
  await stopOnFailure(shutdown, async () => {
    const url = await provideDatabase(config, log, shutdown);
    const { db, close } = openDatabase({ url, max: 2, applicationName: 'thetool keys', log });
    shutdown.onStop('pool', close);
    await run({ db, log }, command, target, options).catch((error: unknown) => {
      throw error instanceof UserError ? new StartupError(error.message) : error;
    });
  });
  await shutdown.stop('done');
}

function parseCommand() {
  try {
    const string = { type: 'string' } as const;
    const { positionals, values } = parseArgs({
      allowPositionals: true,
      options: { name: string, scopes: string, days: string, workspace: string, 'overlap-hours': string },
    });
    const [name, target = '', ...more] = positionals;
    const command = COMMANDS.find((known) => known === name);
    if (command === undefined || more.length > 0) throw new StartupError(USAGE);
    const takesTarget = command !== 'create' && command !== 'list';
    if (takesTarget !== (target !== '') || (command === 'create' && !values.name))
      throw new StartupError(USAGE);
    return { command, target, options: values as Options };
  } catch {
    throw new StartupError(USAGE);
  }
}

async function run(
  deps: { readonly db: Db; readonly log: Logger },
  command: Command,
  target: string,
  options: Options,
): Promise<void> {
  if (command === 'create-workspace') {
    const workspace = { id: uuidv7(), name: target };
    await insertWorkspace(deps.db, workspace);
    console.log(`Workspace ${workspace.name}: ${workspace.id}`);
    return;
  }
  const workspace = await getWorkspace(deps.db, options.workspace ?? DEFAULT_WORKSPACE_ID);
  switch (command) {
    case 'create': {
      const days = options.days === undefined ? null : Number(options.days);
      if (days !== null && !(days > 0)) throw new StartupError(`--days must be above 0.\n${USAGE}`);
      const { apiKey, secret } = await createKey(deps, {
        workspaceId: workspace.id,
        name: options.name ?? '',
        scopes: parseScopes(options.scopes),
        expiresAt: days === null ? null : new Date(Date.now() + days * DAY_MS),
        createdBy: COMMAND_LINE,
      });
      console.log(`Key ${apiKey.keyId} of ${workspace.name}, shown this once:\n${secret}`);
      return;
    }
    case 'list': {
      const keys = await listKeys(deps.db, workspace.id, { limit: LISTED });
      for (const key of keys) {
        const end = key.revokedAt ? `revoked ${iso(key.revokedAt)}` : `expires ${iso(key.expiresAt)}`;
        console.log(
          `${key.keyId}  ${key.scopes.join(',')}  ${end}  used ${iso(key.lastUsedAt)}  ${key.name}`,
        );
      }
      console.log(`${keys.length} keys of ${workspace.name}.`);
      return;
    }
    case 'revoke': {
      await revokeKey(deps, workspace.id, target);
      console.log(`Key ${target} is revoked.`);
      return;
    }
    case 'rotate': {
      const overlapHours = Number(options['overlap-hours'] ?? 24);
      const { apiKey, secret } = await rotateKey(deps, workspace.id, {
        keyId: target,
        overlapHours,
        createdBy: COMMAND_LINE,
      });
      console.log(
        `Key ${apiKey.keyId} of ${workspace.name} replaces ${target}, which ends in ${overlapHours} h. It is shown this once:\n${secret}`,
      );
      return;
    }
  }
}

const iso = (time: Date | null) => time?.toISOString() ?? 'never';

function parseScopes(text: string | undefined): readonly Scope[] {
  const names = text === undefined ? SCOPES : text.split(',').map((name) => name.trim());
  const known = SCOPES.filter((scope) => names.includes(scope));
  if (known.length !== new Set(names).size)
    throw new StartupError(`--scopes takes ${SCOPES.join(', ')}, separated by commas.`);
  return known;
}

async function getWorkspace(db: Db, nameOrId: string): Promise<Workspace> {
  const [found, ...more] = await listWorkspacesNamed(db, nameOrId);
  if (found === undefined) throw new StartupError(`There is no workspace ${nameOrId}.`);
  if (more.length > 0) throw new StartupError(`Several workspaces are named ${nameOrId}: give an id.`);
  return found;
}
