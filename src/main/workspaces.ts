import { parseArgs } from 'node:util';
import { deleteWorkspace, resumeWorkspace, suspendWorkspace } from '../access/suspend-workspace.ts';
import { listWorkspaces } from '../access/workspace.store.ts';
import { loadConfig } from '../config.ts';
import { StartupError } from '../startup.ts';
import { printLine } from './print-line.ts';
import { type CommandDeps, getWorkspace, onBehalfOf, runCommand } from './run-command.ts';

const USAGE = `Usage: npm run workspaces -- list
                             suspend <name or id>
                             resume <name or id>
                             delete <name or id> --yes
"suspend" rejects all keys and tokens of the workspace and starts nothing of it; "delete" removes a suspended workspace with all that it holds.
"npm run keys -- create-workspace <name>" makes one.`;
const changes = {
  suspend: { run: suspendWorkspace, done: 'is suspended' },
  resume: { run: resumeWorkspace, done: 'is in use again' },
  delete: { run: deleteWorkspace, done: 'is deleted' },
} as const;
const LISTED = 10_000;

/** Whole workspaces from the command line, for operators, who can write to the database anyway. */
export async function main(): Promise<void> {
  const { command, name } = parseCommand();
  await runCommand('workspaces', loadConfig(), (deps) =>
    command === 'list' ? list(deps) : changeNamed(deps, command, name),
  );
}

function parseCommand() {
  try {
    const { positionals, values } = parseArgs({
      allowPositionals: true,
      options: { yes: { type: 'boolean' } },
    });
    const [given, name = '', ...more] = positionals;
    const command = (['list', 'suspend', 'resume', 'delete'] as const).find((known) => known === given);
    if (command === undefined || more.length > 0 || (command === 'list') !== (name === ''))
      throw new StartupError(USAGE);
    if ((values.yes === true) !== (command === 'delete')) throw new StartupError(USAGE);
    return { command, name };
  } catch {
    throw new StartupError(USAGE);
  }
}

async function list({ db }: CommandDeps): Promise<void> {
  const workspaces = await listWorkspaces(db, LISTED);
  for (const { id, name, suspendedAt } of workspaces)
    printLine(
      `${id}  ${suspendedAt === null ? 'in use' : `suspended ${suspendedAt.toISOString()}`}  ${name}`,
    );
  printLine(`${workspaces.length} workspaces.`);
}

async function changeNamed(deps: CommandDeps, command: keyof typeof changes, named: string): Promise<void> {
  const { id, name } = await getWorkspace(deps.db, named);
  await onBehalfOf(id, `workspaces.${command}`, () => changes[command].run(deps, id));
  printLine(`Workspace ${name} (${id}) ${changes[command].done}.`);
}
