import { execFile } from 'node:child_process';
import { chown, mkdir, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { CrashingPostgres } from './postgres.ts';

const run = promisify(execFile);
const SIZE = '256m';

export interface FullDisk {
  /** Leaves no byte free. */
  fill(): Promise<void>;
  free(): Promise<void>;
  unmount(): Promise<void>;
}

/** Moves the tables that grow most to a small file system of their own. Answers null where this account may not mount one. */
export async function mountDisk(directory: string, clusterDir: string): Promise<FullDisk | null> {
  const place = join(directory, 'disk');
  await mkdir(place, { recursive: true });
  if (process.getuid?.() !== 0) return null;
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', place]);
  } catch {
    return null;
  }
  const { uid, gid } = await stat(clusterDir);
  await mkdir(join(place, 'space'));
  await chown(join(place, 'space'), uid, gid);
  const filler = join(place, 'filler');
  return {
    async fill() {
      for (;;) {
        const { bavail, bsize } = await statfs(place);
        if (bavail === 0) return;
        // The server writes meanwhile: take what is left until nothing is.
        await run('sh', ['-c', `head -c ${bavail * bsize} /dev/zero >> ${filler}`]).catch(() => undefined);
      }
    },
    free: () => rm(filler, { force: true }),
    async unmount() {
      await rm(filler, { force: true });
      await run('umount', ['-l', place]).catch(() => undefined);
    },
  };
}

/** Events and details are what a flush adds most of. */
export async function moveTables(postgres: CrashingPostgres, directory: string): Promise<void> {
  await postgres.query(`create tablespace chaos location '${join(directory, 'disk', 'space')}'`);
  for (const table of ['job_events', 'analysis_details']) {
    await postgres.query(`alter table ${table} set tablespace chaos`);
    const indexes = await postgres.query<{ name: string }>(
      `select indexrelid::regclass::text as name from pg_index where indrelid = '${table}'::regclass`,
    );
    for (const { name } of indexes) await postgres.query(`alter index ${name} set tablespace chaos`);
  }
}
