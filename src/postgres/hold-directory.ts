import { createHash, randomBytes } from 'node:crypto';
import { type FileHandle, link, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { StartupError } from '../startup.ts';
import { type Holder, isSamePlace, judgeElsewhere, type Purpose, parseHolder, RENEW_MS } from './holder.ts';
import { isAlive, placeOfThisProcess, startOf } from './process-identity.ts';

/** A living process holds the directory. */
export class HeldError extends StartupError {
  readonly holder: Holder;
  /** Its processes can be seen from here, and its server is on this loopback interface. */
  readonly isHere: boolean;
  constructor(message: string, holder: Holder, isHere: boolean) {
    super(message);
    this.holder = holder;
    this.isHere = isHere;
  }
}

export interface Hold {
  /** The note of a process that was killed was found: a server of its own may still be shutting down. */
  readonly inherited: boolean;
  /** Resolves when another process has taken the directory, because this one did not renew its note in time. */
  readonly lost: Promise<void>;
  release(): Promise<void>;
}

/** The note of this process, under its draft's name first and then in its place; the open file is the same one. */
interface Note {
  readonly holder: Holder;
  readonly text: string;
  readonly draft: string;
  file: FileHandle;
  readonly onWatch: (holder: Holder) => void;
}

const ROUNDS = 100;
const LOOK_MS = 250;

/**
 * Claims the data directory for this process with a note that names it. A living holder is named in the error; the
 * note of one that was killed is taken over. PostgreSQL's own lock file names a process number, which means nothing in
 * another container or on another machine. So the note names these, too, and is renewed for as long as its holder runs:
 * a holder in another place is followed only when its note is stale (`judgeElsewhere`).
 *
 * A dead holder's note is never removed before it has a successor, since it could by then be somebody else's: notes
 * form a chain, each next one is made by an exclusive `link`, and the last one holds. The winner then puts its own note
 * at the head; a claimer that had begun at the old head finds it changed and begins again.
 */
export async function holdDirectory(
  path: string,
  /** Is called before a holder in another place is watched, which takes seconds. */
  onWatch: (holder: Holder) => void = () => undefined,
  purpose: Purpose = 'SERVER',
): Promise<Hold> {
  const note: Note = { ...(await draftNote(path, purpose)), onWatch };
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      const inherited = await claimEnd(path, note);
      if (inherited === null) continue;
      if (inherited) await moveToHead(path, note.draft);
      await rm(note.draft, { force: true });
      return { inherited, ...keepRenewing(path, note) };
    }
    throw new StartupError(`The data directory ${path} is being claimed by other processes: start again.`);
  } catch (error) {
    await rm(note.draft, { force: true });
    await note.file.close();
    throw error;
  }
}

async function draftNote(path: string, purpose: Purpose): Promise<Omit<Note, 'onWatch'>> {
  const holder: Holder = {
    pid: process.pid,
    since: new Date().toISOString(),
    start: await startOf(process.pid),
    claim: randomBytes(6).toString('hex'),
    purpose,
    ...(await placeOfThisProcess()),
  };
  const draft = join(path, `claim-${holder.claim}`);
  const text = JSON.stringify(holder);
  return { holder, text, draft, file: await writeNote(draft, text) };
}

async function writeNote(draft: string, text: string): Promise<FileHandle> {
  const file = await open(draft, 'w', 0o644);
  await file.write(text, 0);
  return file;
}

/** The same bytes again: the file system sets the time of the change by its own clock, and no reader sees half a note. */
async function renew(file: FileHandle, text: string): Promise<void> {
  await file.write(text, 0);
  await file.datasync();
}

const headOf = (path: string) => join(path, 'holder.json');
const SUCCESSOR = 'holder-after-';

/** Where the process that takes over a dead holder's note puts its own. */
export function successorOf(path: string, note: string): string {
  return join(path, `${SUCCESSOR}${createHash('sha256').update(note).digest('hex').slice(0, 32)}`);
}

/** Answers whether dead holders were followed; null when another claimer was faster and the chain must be read again. */
async function claimEnd(path: string, note: Note): Promise<boolean | null> {
  const head = await readText(headOf(path));
  let place = headOf(path);
  for (let text = head; text !== null; text = await readText(place)) {
    const holder = parseHolder(text);
    const lives = holder !== null && (await isHeld(place, text, holder, note));
    if (lives === null) return null;
    if (lives) {
      // A claimer that is about to back off must not be named.
      if (text !== head && (await readText(headOf(path))) !== head) return null;
      throw new HeldError(
        `The data directory ${path} is in use by process ${holder.pid}${whereOf(holder, note.holder)} since ${holder.since}: stop that process, or set DATA_DIR to another directory.`,
        holder,
        isSamePlace(holder, note.holder),
      );
    }
    place = successorOf(path, text);
  }
  if (!(await linkExclusively(note.draft, place))) return null;
  if (head === null) return false;
  // The successor of a head that has been replaced is no longer part of the chain.
  if ((await readText(headOf(path))) === head) return true;
  await rm(place, { force: true });
  return null;
}

function whereOf(holder: Holder, here: Holder): string {
  return isSamePlace(holder, here)
    ? ''
    : ` on ${holder.host ?? 'another machine'} (another container or machine)`;
}

/** Null: the note has been replaced meanwhile. */
async function isHeld(place: string, text: string, holder: Holder, own: Note): Promise<boolean | null> {
  if (!isSamePlace(holder, own.holder)) {
    own.onWatch(holder);
    return isRenewed(place, text, own);
  }
  if (!isAlive(holder.pid)) return false;
  const start = await startOf(holder.pid);
  return start === null || holder.start === null || start === holder.start;
}

/** Watches the note of a holder that cannot be seen from here, for 2 s while it lives and 5 to 10 s when it is dead. */
async function isRenewed(place: string, text: string, own: Note): Promise<boolean | null> {
  const began = performance.now();
  const first = await changedAt(place, text);
  for (;;) {
    const last = await changedAt(place, text);
    if (first === null || last === null) return null;
    await renew(own.file, own.text);
    const verdict = judgeElsewhere({
      renewed: last !== first,
      watchedMs: performance.now() - began,
      ageMs: (await own.file.stat()).mtimeMs - last,
    });
    if (verdict !== 'WATCH_ON') return verdict === 'LIVES';
    await delay(LOOK_MS);
  }
}

/** When the note was last renewed; null when it is another one by now. Opening it makes a network file system ask its server. */
async function changedAt(place: string, text: string): Promise<number | null> {
  const file = await open(place, 'r').catch(() => null);
  try {
    if (file === null || (await file.readFile('utf8')) !== text) return null;
    return (await file.stat()).mtimeMs;
  } finally {
    await file?.close();
  }
}

/** First the new head, then the old chain goes: whoever still reads the old one finds the head changed. */
async function moveToHead(path: string, draft: string): Promise<void> {
  await rename(draft, headOf(path));
  for (const name of await readdir(path)) {
    if (name.startsWith(SUCCESSOR)) await rm(join(path, name), { force: true });
  }
}

function keepRenewing(path: string, note: Note): Pick<Hold, 'lost' | 'release'> {
  const lost = Promise.withResolvers<void>();
  const isOwn = async () => {
    const text = await readText(headOf(path));
    if (text === null) await putBack(path, note);
    return text === null || text === note.text;
  };
  const beat = async () => {
    if (await isOwn()) await renew(note.file, note.text);
    else lost.resolve();
  };
  // A disk that refuses the same bytes once may take them in two seconds.
  let running = Promise.resolve();
  const timer = setInterval(() => {
    running = running.then(beat).catch(() => undefined);
  }, RENEW_MS).unref();
  return {
    lost: lost.promise,
    async release() {
      clearInterval(timer);
      await running;
      if ((await readText(headOf(path))) === note.text) await rm(headOf(path), { force: true });
      await note.file.close();
    },
  };
}

/** Somebody removed the note of this process, which still holds the directory. */
async function putBack(path: string, note: Note): Promise<void> {
  const file = await writeNote(note.draft, note.text);
  try {
    if (!(await linkExclusively(note.draft, headOf(path)))) return await file.close();
    await note.file.close();
    note.file = file;
  } finally {
    await rm(note.draft, { force: true });
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
