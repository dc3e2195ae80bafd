import { parseArgs } from 'node:util';
import { addMember, removeMember } from '../access/edit-members.ts';
import type { Workspace } from '../access/key.store.ts';
import { describeKey } from '../access/key.ts';
import { listMembers } from '../access/member.store.ts';
import { SCOPES } from '../access.ts';
import { loadConfig } from '../config.ts';
import { StartupError } from '../startup.ts';
import { describeWebhook, settleWebhooksOfMember } from '../webhooks/disable-webhooks.ts';
import type { Webhook } from '../webhooks/webhook.ts';
import { printLine } from './print-line.ts';
import {
  COMMAND_LINE,
  type CommandDeps,
  getWorkspace,
  onBehalfOf,
  parseScopes,
  runCommand,
} from './run-command.ts';

const USAGE = `Usage: npm run members -- add <subject> [--scopes ${SCOPES.join(',')}]
                          list
                          remove <subject> [--revoke-keys] [--disable-webhooks]
Each takes [--workspace <name or id>] and [--issuer <iss of the tokens>]; without them, it is about the default workspace and JWT_ISSUER.`;
const COMMANDS = ['add', 'list', 'remove'] as const;
type Command = (typeof COMMANDS)[number];
const LISTED = 10_000;

interface Options {
  readonly scopes?: string;
  readonly workspace?: string;
  readonly issuer?: string;
  readonly 'revoke-keys'?: boolean;
  readonly 'disable-webhooks'?: boolean;
}

/** Who may come into which workspace with a token, from the command line, for operators, who can write to the database anyway. */
export async function main(): Promise<void> {
  const { command, subject, options } = parseCommand();
  const config = loadConfig();
  const issuer = options.issuer ?? config.tokens?.issuer ?? '';
  if (issuer === '' && command !== 'list')
    throw new StartupError(`Set JWT_ISSUER or give --issuer.\n${USAGE}`);
  await runCommand('members', config, async (deps) => {
    const workspace = await getWorkspace(deps.db, options.workspace);
    await onBehalfOf(workspace.id, `members.${command}`, () =>
      run(deps, workspace, command, { issuer, subject }, options),
    );
  });
}

function parseCommand() {
  try {
    const string = { type: 'string' } as const;
    const flag = { type: 'boolean' } as const;
    const { positionals, values } = parseArgs({
      allowPositionals: true,
      options: {
        ...{ scopes: string, workspace: string, issuer: string },
        ...{ 'revoke-keys': flag, 'disable-webhooks': flag },
      },
    });
    const [name, subject = '', ...more] = positionals;
    const command = COMMANDS.find((known) => known === name);
    if (command === undefined || more.length > 0 || (command !== 'list') !== (subject !== ''))
      throw new StartupError(USAGE);
    const ofRemove = values['revoke-keys'] === true || values['disable-webhooks'] === true;
    if (ofRemove && command !== 'remove') throw new StartupError(USAGE);
    return { command, subject, options: values as Options };
  } catch {
    throw new StartupError(USAGE);
  }
}

async function run(
  deps: CommandDeps,
  workspace: Workspace,
  command: Command,
  who: { readonly issuer: string; readonly subject: string },
  options: Options,
): Promise<void> {
  switch (command) {
    case 'add': {
      const scopes = parseScopes(options.scopes);
      const request = { ...who, workspaceId: workspace.id, scopes, createdBy: COMMAND_LINE };
      const member = await addMember(deps, request);
      printLine(
        `${member.subject} of ${member.issuer} may come into ${workspace.name} (${workspace.id}): ${member.scopes.join(',')}`,
      );
      return;
    }
    case 'list': {
      const all = await listMembers(deps.db, workspace.id, LISTED);
      const members = options.issuer === undefined ? all : all.filter(({ issuer }) => issuer === who.issuer);
      for (const { subject, issuer, scopes, createdAt } of members)
        printLine(`${subject}  ${scopes.join(',')}  ${issuer}  since ${createdAt.toISOString()}`);
      printLine(`${members.length} members of ${workspace.name}.`);
      return;
    }
    case 'remove': {
      const revokesKeys = options['revoke-keys'] === true;
      const disablesWebhooks = options['disable-webhooks'] === true;
      const member = { ...who, workspaceId: workspace.id };
      let webhooks: readonly Webhook[] = [];
      const { keys } = await removeMember(deps, member, {
        revokesKeys,
        settle: async (tx) => {
          webhooks = await settleWebhooksOfMember(tx, member, disablesWebhooks);
        },
      });
      printLine(`${who.subject} of ${who.issuer} is no member of ${workspace.name} any more.`);
      printEach(
        keys.map(describeKey),
        revokesKeys
          ? 'These keys depended on the membership and are revoked:'
          : 'These keys depend on the membership. They are not admitted now, but would be again if the member were added again; revoke them with --revoke-keys or "npm run keys -- revoke <key id>":',
      );
      printEach(
        webhooks.map(describeWebhook),
        disablesWebhooks
          ? 'These webhooks sent to addresses that the member gave and are disabled:'
          : 'These webhooks send to addresses that the member gave. They belong to the workspace and go on; delete them with deleteWebhook, or add the member again and remove it with --disable-webhooks:',
      );
      return;
    }
  }
}

/** Nothing where there are no lines. */
function printEach(lines: readonly string[], heading: string): void {
  for (const line of lines.length === 0 ? [] : [heading, ...lines]) printLine(line);
}
