import { execFile } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { promisify } from 'node:util';
import type { ProcessPlace } from './holder.ts';

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

/** Machine, its run and the PID namespace of this process. */
export async function placeOfThisProcess(): Promise<ProcessPlace> {
  const [boot, namespace] = await Promise.all([
    readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => null),
    readlink('/proc/self/ns/pid').catch(() => null),
  ]);
  return { host: hostname(), boot: boot?.trim() ?? null, namespace };
}

/** One column of ps, for systems without /proc. */
export async function askPs(pid: number, column: string): Promise<string | null> {
  const answer = await exec('ps', ['-o', column, '-p', String(pid)]).catch(() => null);
  return answer?.stdout.trim() || null;
}
