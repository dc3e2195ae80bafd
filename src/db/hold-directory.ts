import { createHash, randomBytes } from 'node:crypto';
import { link, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { StartupError } from '../startup.ts';
import { isAlive, startOf } from './process-identity.ts';

const holderNote = z.object({
  pid: z.number().int().positive(),
  /** When the directory was taken, ISO 8601. */
  since: z.string(),
  start: z.string().nullable(),
  /** Random: no two notes are the same, not even those of one process. */
  claim: z.string(),
});
type Holder = z.infer<typeof holderNote>;

export interface Hold {
  /** The note of a process that was killed was found: a server of its own may still be shutting down. */
  readonly inherited: boolean;
  release(): Promise<void>;
}

const ROUNDS = 100;

/**
 * Claims the data directory for this process with a note that names it. A living holder is named in the error; the
 * note of one that was killed is taken over. PostgreSQL's own lock file protects the data; this note exists so that
 * a second start can say who is in the way, and so that only one process prepares the directory.
 *
 * A dead holder's note is never removed before it has a successor, since it could by then be somebody else's: notes
 * form a chain, each next one is made by an exclusive `link`, and the last one holds. The winner then puts its own note
 * at the head; a claimer that had begun at the old head finds it changed and begins again.
 */
export async function holdDirectory(path: string): Promise<Hold> {
  const own: Holder = {
    pid: process.pid,
    since: new Date().toISOString(),
    start: await startOf(process.pid),
    claim: randomBytes(6).toString('hex'),
  };
  const draft = join(path, `claim-${own.claim}`);
  try {
    await writeFile(draft, JSON.stringify(own), { mode: 0o644 });
    for (let round = 0; round < ROUNDS; round += 1) {
      const inherited = await claimEnd(path, draft);
      if (inherited === null) continue;
      if (inherited) await moveToHead(path, draft);
      return { inherited, release: () => rm(headOf(path), { force: true }) };
    }
  } finally {
    await rm(draft, { force: true });
  }
  throw new StartupError(`The data directory ${path} is being claimed by other processes: start again.`);
}

const headOf = (path: string) => join(path, 'holder.json');
const SUCCESSOR = 'holder-after-';

/** Where the process that takes over a dead holder's note puts its own. */
export function successorOf(path: string, note: string): string {
  return join(path, `${SUCCESSOR}${createHash('sha256').update(note).digest('hex').slice(0, 32)}`);
}

/** Answers whether dead holders were followed; null when another claimer was faster and the chain must be read again. */
async function claimEnd(path: string, draft: string): Promise<boolean | null> {
  const head = await readText(headOf(path));
  let place = headOf(path);
  for (let text = head; text !== null; text = await readText(place)) {
    const holder = parseHolder(text);
    if (holder !== null && (await lives(holder))) {
      // A claimer that is about to back off must not be named.
      if (text !== head && (await readText(headOf(path))) !== head) return null;
      throw new StartupError(
        `The data directory ${path} is in use by process ${holder.pid} since ${holder.since}: stop that process, or set DATA_DIR to another directory.`,
      );
    }
    place = successorOf(path, text);
  }
  if (!(await linkExclusively(draft, place))) return null;
  if (head === null) return false;
  // The successor of a head that has been replaced is no longer part of the chain.
  if ((await readText(headOf(path))) === head) return true;
  await rm(place, { force: true });
  return null;
}

/** First the new head, then the old chain goes: whoever still reads the old one finds the head changed. */
async function moveToHead(path: string, draft: string): Promise<void> {
  await rename(draft, headOf(path));
  for (const name of await readdir(path)) {
    if (name.startsWith(SUCCESSOR)) await rm(join(path, name), { force: true });
  }
}

/** The note appears whole or not at all: a half-written one would be taken for a damaged one's. */
async function linkExclusively(draft: string, place: string): Promise<boolean> {
  try {
    await link(draft, place);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
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
