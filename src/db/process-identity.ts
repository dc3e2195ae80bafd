import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const exec = promisify(execFile);

/** True for a process of any account. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/**
 * What tells a process from a later one with the same number: its start, in clock ticks since boot where there is a
 * /proc (field 22 of `stat`), else as ps prints it. Null when neither knows the process.
 */
export async function startOf(pid: number): Promise<string | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  // The name in brackets may hold spaces and brackets of its own; fields are counted after the last one.
  if (stat !== null) return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  return askPs(pid, 'lstart=');
}

/** One column of ps, for systems without /proc. */
export async function askPs(pid: number, column: string): Promise<string | null> {
  const answer = await exec('ps', ['-o', column, '-p', String(pid)]).catch(() => null);
  return answer?.stdout.trim() || null;
}
