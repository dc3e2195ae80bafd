import { z } from 'zod';

/** Where a process number has a meaning: one PID namespace of one run of one machine. Null: this system does not say. */
export interface ProcessPlace {
  readonly host: string | null;
  /** Changes with every start of the machine. */
  readonly boot: string | null;
  /** Containers have one of their own; process 12 of one is not process 12 of another. */
  readonly namespace: string | null;
}

/** What a directory is held for: a server that runs until it is stopped, or a command that ends by itself. */
export const purposes = ['SERVER', 'COMMAND'] as const;
export type Purpose = (typeof purposes)[number];

const holderNote = z.object({
  pid: z.number().int().positive(),
  /** When the directory was taken, ISO 8601. */
  since: z.string(),
  start: z.string().nullable(),
  /** Random: no two notes are the same, not even those of one process. */
  claim: z.string(),
  // Versions before these fields wrote none.
  purpose: z.enum(purposes).default('SERVER'),
  host: z.string().nullable().default(null),
  boot: z.string().nullable().default(null),
  namespace: z.string().nullable().default(null),
});

/** The note of the process that holds a data directory. */
export type Holder = z.infer<typeof holderNote>;

/** Null for a note that is damaged, for example by a full disk: nobody can be named, so nobody holds. */
export function parseHolder(text: string): Holder | null {
  try {
    return holderNote.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** Whether the process number of a note can be looked up by a process at `here`. */
export function isSamePlace(note: ProcessPlace, here: ProcessPlace): boolean {
  // A note of an earlier version: it was always judged by its process number.
  if (note.host === null && note.boot === null && note.namespace === null) return true;
  const sameBoot = note.boot === here.boot && note.namespace === here.namespace;
  // The name of a machine can change while it runs; boot and namespace are enough where the system has them.
  return sameBoot && ((note.boot !== null && note.namespace !== null) || note.host === here.host);
}

/** A holder renews its note this often. */
export const RENEW_MS = 2_000;
/** A note that has not been renewed for so long is stale. */
export const STALE_MS = 10_000;
/** Even a note that looks old is watched for so long: the clock of the file system may just have been set. */
export const WATCH_MS = 5_000;

/** What is known of a holder elsewhere, by watching its note. */
export interface Observation {
  /** The note was renewed while it was watched. */
  readonly renewed: boolean;
  /** How long it has been watched, by a clock that is never set. */
  readonly watchedMs: number;
  /** Age of the last renewal, both ends by the clock of the file system: this machine's clock may differ from the holder's. */
  readonly ageMs: number;
}

export type Verdict = 'LIVES' | 'DEAD' | 'WATCH_ON';

/** A holder in another place is dead only when its note is stale; whether its process runs cannot be seen from here. */
export function judgeElsewhere({ renewed, watchedMs, ageMs }: Observation): Verdict {
  if (renewed) return 'LIVES';
  // Not renewed for so long while somebody watched: stale, whatever the clock of the file system says.
  if (watchedMs >= STALE_MS) return 'DEAD';
  return watchedMs >= WATCH_MS && ageMs >= STALE_MS ? 'DEAD' : 'WATCH_ON';
}
