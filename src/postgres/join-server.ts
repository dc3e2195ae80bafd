import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../logger.ts';
import { HeldError, type Hold, holdDirectory } from './hold-directory.ts';
import type { Purpose } from './holder.ts';
import { portOfServer } from './postmaster-pid.ts';
import { clusterIn, readPassword } from './prepare-cluster.ts';

/** The server that another process runs on the directory. */
interface Joined {
  readonly port: number;
  readonly password: string;
}

/** A server that starts or stops, or a command, is waited for so long. */
const WAIT_MS = 30_000;
const LOOK_MS = 100;

/**
 * Claims a data directory, or finds the server of the process that holds it: a command such as `npm run keys` works beside
 * `npm start`. Nobody joins the server of a command, which stops it at its end; that is waited for. Throws HeldError.
 */
export async function holdOrJoin(dataDir: string, purpose: Purpose, log: Logger): Promise<Hold | Joined> {
  const giveUpAt = performance.now() + WAIT_MS;
  for (;;) {
    try {
      return await claim(dataDir, purpose, log);
    } catch (error) {
      if (!(error instanceof HeldError) || !error.isHere) throw error;
      const { pid, purpose: theirs } = error.holder;
      if (purpose === 'SERVER' && theirs === 'SERVER') throw error;
      if (theirs === 'SERVER') {
        const port = await portOfServer(clusterIn(dataDir));
        if (port !== null) return { port, password: await readPassword(dataDir) };
      }
      if (performance.now() > giveUpAt) throw error;
      log.debug({ dataDir, pid }, 'waiting for the process that holds the data directory');
      await delay(LOOK_MS);
    }
  }
}

function claim(dataDir: string, purpose: Purpose, log: Logger): Promise<Hold> {
  const onWatch = ({ host, pid, since }: HeldError['holder']) =>
    log.info(
      { dataDir, host, pid, since },
      'looking for some seconds whether this holder still runs elsewhere',
    );
  return holdDirectory(dataDir, onWatch, purpose);
}
