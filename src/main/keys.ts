import { parseArgs } from 'node:util';
import { v7 as uuidv7 } from 'uuid';
import { SCOPES } from '../access/access.ts';
import { createKey, revokeKey, rotateKey } from '../access/issue-keys.ts';
import { insertWorkspace, listKeys, type Workspace } from '../access/key.store.ts';
import { recordChange } from '../audit/record-change.ts';
import { loadConfig } from '../config.ts';
import { inTransaction } from '../db/client.ts';
import { StartupError } from '../startup.ts';
import {
  COMMAND_LINE,
  type CommandDeps,
  getWorkspace,
  onBehalfOf,
  parseScopes,
  runCommand,
} from './run-command.ts';

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
  await runCommand('keys', loadConfig(), (deps) => run(deps, command, target, options));
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

async function run(deps: CommandDeps, command: Command, target: string, options: Options): Promise<void> {
  if (command === 'create-workspace') {
    const workspace = { id: uuidv7(), name: target };
    await onBehalfOf(workspace.id, `keys.${command}`, () =>
      inTransaction(deps.db, async (tx) => {
        await insertWorkspace(tx, workspace);
        await recordChange(tx, { type: 'Workspace', ids: [workspace.id] });
      }),
    );
    console.log(`Workspace ${workspace.name}: ${workspace.id}`);
    return;
  }
  const workspace = await getWorkspace(deps.db, options.workspace);
  await onBehalfOf(workspace.id, `keys.${command}`, () => runIn(workspace, deps, command, target, options));
}

async function runIn(
  workspace: Workspace,
  deps: CommandDeps,
  command: Exclude<Command, 'create-workspace'>,
  target: string,
  options: Options,
): Promise<void> {
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
      await revokeKey(deps, workspace.id, { keyId: target });
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
