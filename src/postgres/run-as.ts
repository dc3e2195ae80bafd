import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { StartupError } from '../startup.ts';
import type { Account } from './server-account.ts';

export interface Program {
  readonly process: ChildProcess;
  /** What it has said, the newest last; the oldest lines are dropped. */
  readonly output: readonly string[];
  /** Resolves when it has ended and all its output is read; never rejects. */
  readonly ended: Promise<{ readonly code: number | null }>;
}

const KEPT_LINES = 100;

/**
 * `detached` keeps Ctrl-C from reaching the server before the application has drained; the parent-death signal ends it
 * when this process is killed. setpriv and `lock` hand over by exec, so the child's number is the program's. Without setpriv
 * (macOS) the next start ends the orphan.
 */
export function runAs(
  account: Account | null,
  program: string,
  args: readonly string[],
  options: { readonly onLine?: (line: string) => void; readonly lock?: readonly string[] } = {},
): Program {
  const { onLine = () => undefined, lock = [] } = options;
  const setpriv = ['/usr/bin/setpriv', '/bin/setpriv'].find((path) => existsSync(path));
  if (setpriv === undefined && account !== null) {
    throw new StartupError(
      'PostgreSQL does not run as root and setpriv (util-linux) is missing: start as another user, or set DATABASE_URL.',
    );
  }
  const identity =
    account === null
      ? []
      : ['--reuid', String(account.uid), '--regid', String(account.gid), '--clear-groups'];
  const guard = setpriv === undefined ? [] : [setpriv, ...identity, '--pdeathsig', 'INT', '--'];
  const [command = program, ...given] = [...guard, ...lock, program, ...args];
  const child = spawn(command, given, { cwd: '/', detached: true, stdio: ['ignore', 'pipe', 'pipe'] });

  const output: string[] = [];
  const keep = (line: string) => {
    output.push(line);
    if (output.length > KEPT_LINES) output.shift();
    onLine(line);
  };
  for (const stream of [child.stdout, child.stderr]) createInterface(stream).on('line', keep);
  const ended = new Promise<{ code: number | null }>((resolve) => {
    child.once('error', (error) => {
      keep(`error: ${error.message}`);
      resolve({ code: null });
    });
    child.once('close', (code) => resolve({ code }));
  });
  return { process: child, output, ended };
}

/** The line that says most about a failure. */
export function faultIn(output: readonly string[]): string {
  const line = output.findLast((text) => /FATAL|error/i.test(text)) ?? output.findLast((text) => text.trim());
  return line?.replace(/^.*?(FATAL|PANIC|error): +/i, '').replace(/\.$/, '') ?? 'it said nothing';
}
