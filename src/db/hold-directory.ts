import { randomBytes } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { StartupError } from '../startup.ts';
import { isAlive, startOf } from './process-identity.ts';

const holderNote = z.object({
  pid: z.number().int().positive(),
  /** When the directory was taken, ISO 8601. */
  since: z.string(),
  start: z.string().nullable(),
});
type Holder = z.infer<typeof holderNote>;

export interface Hold {
  /** The note of a process that was killed was found: a server of its own may still be shutting down. */
  readonly inherited: boolean;
  release(): Promise<void>;
}

const ROUNDS = 20;

/**
 * Claims the data directory for this process with a note that names it. A living holder is named in the error; the
 * note of one that was killed is taken over. PostgreSQL's own lock file protects the data; this note exists so that
 * a second start can say who is in the way, and so that only one process prepares the directory.
 */
export async function holdDirectory(path: string): Promise<Hold> {
  const note = join(path, 'holder.json');
  const own = JSON.stringify({
    pid: process.pid,
    since: new Date().toISOString(),
    start: await startOf(process.pid),
  } satisfies Holder);
  let inherited = false;
  for (let round = 0; round < ROUNDS; round += 1) {
    if (await claim(note, own)) {
      return {
        inherited,
        async release() {
          if ((await readText(note)) === own) await rm(note, { force: true });
        },
      };
    }
    const found = await readText(note);
    if (found === null) continue;
    const holder = parseHolder(found);
    if (holder !== null && (await lives(holder))) {
      throw new StartupError(
        `The data directory ${path} is in use by process ${holder.pid} since ${holder.since}: stop that process, or set DATA_DIR to another directory.`,
      );
    }
    inherited ||= await takeAway(note, found);
  }
  throw new StartupError(`The data directory ${path} is being claimed by other processes: start again.`);
}

/** The note appears whole or not at all: a reader must never take a half-written one for a dead process's. */
async function claim(note: string, text: string): Promise<boolean> {
  const draft = `${note}.${randomBytes(6).toString('hex')}`;
  await writeFile(draft, text, { mode: 0o644 });
  try {
    await link(draft, note);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/** Removes a dead process's note. When another start was faster, the note is that one's by now and is put back. */
async function takeAway(note: string, expected: string): Promise<boolean> {
  const aside = `${note}.${randomBytes(6).toString('hex')}`;
  try {
    await rename(note, aside);
  } catch {
    return false;
  }
  const taken = await readText(aside);
  if (taken !== expected) await link(aside, note).catch(() => undefined);
  await rm(aside, { force: true });
  return taken === expected;
}

function readText(file: string): Promise<string | null> {
  return readFile(file, 'utf8').catch(() => null);
}

/** Null for a note that is damaged, for example by a full disk: nobody can be named, so nobody holds. */
function parseHolder(text: string): Holder | null {
  try {
    return holderNote.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

async function lives(holder: Holder): Promise<boolean> {
  if (!isAlive(holder.pid)) return false;
  const start = await startOf(holder.pid);
  return start === null || holder.start === null || start === holder.start;
}
