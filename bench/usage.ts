import { readdir, readFile } from 'node:fs/promises';

/** Kernel ticks per second; 100 on every Linux that Node runs on. */
const TICKS = 100;

interface ProcessTimes {
  readonly parent: number;
  readonly own: number;
  /** Of children that have ended and were waited for. */
  readonly ended: number;
}

/** CPU seconds (user and system) of a process and its children, ended ones included. Null where there is no /proc. */
export async function cpuSecondsOf(pid: number): Promise<number | null> {
  const root = await timesOf(pid);
  if (root === null) return null;
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const children = (await Promise.all(pids.map(timesOf))).filter((times) => times?.parent === pid);
  const own = children.reduce((sum, times) => sum + (times?.own ?? 0), root.own);
  return (own + root.ended) / TICKS;
}

async function timesOf(pid: number): Promise<ProcessTimes | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (stat === null) return null;
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [, parent = 0] = fields;
  const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11, 15);
  return { parent, own: user + system, ended: endedUser + endedSystem };
}

/** Memory of a process that is in RAM, bytes, without what the kernel keeps for its sockets. Null where there is no /proc. */
export async function memoryOf(pid: number): Promise<number | null> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => null);
  const kilobytes = status?.match(/^VmRSS:\s+(\d+) kB$/m)?.[1];
  return kilobytes === undefined ? null : 1_024 * Number(kilobytes);
}

/** Milliseconds of the clock that all processes of a machine share. */
export function now(): number {
  const [seconds, nanos] = process.hrtime();
  return 1_000 * seconds + nanos / 1e6;
}

/** The value below which `share` of the values lie. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
