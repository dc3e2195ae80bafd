import { parseArgs } from 'node:util';
import { createWorkspace } from '../access/create-workspace.ts';
import { createKey, revokeKey, rotateKey } from '../access/issue-keys.ts';
import { listKeys, type Workspace } from '../access/key.store.ts';
import { describeKey, makeKey } from '../access/key.ts';
import { SCOPES } from '../access.ts';
import { loadConfig } from '../config.ts';
import { StartupError } from '../startup.ts';
import { newId } from '../uuid.ts';
import { printLine } from './print-line.ts';
import {
  type CommandDeps,
  commandLineMaker,
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
                       generate
"generate" prints a key for BOOTSTRAP_KEY and stores nothing. Each of the first four takes [--workspace <name or id>]; without it, it is about the default workspace.`;
const COMMANDS = ['create', 'list', 'revoke', 'rotate', 'create-workspace', 'generate'] as const;
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

/** Keys and workspaces from the command line, for operators, who can write to the database anyway. */
export async function main(): Promise<void> {
  const { command, target, options } = parseCommand();
  if (command === 'generate') return printLine(makeKey().key);
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
    const takesTarget = !['create', 'list', 'generate'].includes(command);
    if (takesTarget !== (target !== '') || (command === 'create' && !values.name))
      throw new StartupError(USAGE);
    return { command, target, options: values as Options };
  } catch (error) {
    if (error instanceof StartupError) throw error;
    // The reason names the option that is unknown or has no value.
    const [reason] = error instanceof Error ? error.message.split('. ') : [];
    throw new StartupError(`${reason}.\n${USAGE}`);
  }
}

async function run(
  deps: CommandDeps,
  command: Exclude<Command, 'generate'>,
  target: string,
  options: Options,
): Promise<void> {
  if (command === 'create-workspace') {
    const id = newId();
    const workspace = await onBehalfOf(id, `keys.${command}`, () =>
      createWorkspace(deps.db, { id, name: target }),
    );
    printLine(`Workspace ${workspace.name}: ${workspace.id}`);
    return;
  }
  const workspace = await getWorkspace(deps.db, options.workspace);
  await onBehalfOf(workspace.id, `keys.${command}`, () => runIn(workspace, deps, command, target, options));
}

async function runIn(
  workspace: Workspace,
  deps: CommandDeps,
  command: Exclude<Command, 'create-workspace' | 'generate'>,
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
        maker: commandLineMaker,
      });
      printLine(`Key ${apiKey.keyId} of ${workspace.name}, shown this once:`);
      printLine(secret);
      return;
    }
    case 'list': {
      const keys = await listKeys(deps.db, workspace.id, { limit: LISTED });
      for (const key of keys) {
        printLine(describeKey(key));
      }
      printLine(`${keys.length} keys of ${workspace.name}.`);
      return;
    }
    case 'revoke': {
      await revokeKey(deps, workspace.id, { keyId: target });
      printLine(`Key ${target} is revoked.`);
      return;
    }
    case 'rotate': {
      const overlapHours = Number(options['overlap-hours'] ?? 24);
      const { apiKey, secret } = await rotateKey(deps, workspace.id, {
        keyId: target,
        overlapHours,
        maker: commandLineMaker,
      });
      printLine(
        `Key ${apiKey.keyId} of ${workspace.name} replaces ${target}, which ends in ${overlapHours} h. It is shown this once:`,
      );
      printLine(secret);
      return;
    }
  }
}
