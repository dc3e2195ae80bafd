import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { printLine } from './print-line.ts';

/** An editor that saves several files, or one file in several steps, causes one restart. */
const SETTLE_MS = 50;
/** A child that has not stopped after this long is killed. Its items return to the queue when its database sessions end. */
const STOP_MS = 700;

export interface RestartingServer {
  /** Starts the child again, once for changes in quick succession. */
  onChange(file: string): void;
  /** Stops the child and starts no other one. */
  close(): Promise<void>;
}

/** Runs a Node process with a channel, whose end tells it that this process has ended, and runs it again after each reported change, also when it ended by itself, as with a syntax error. */
export function restartOnChange(args: readonly string[]): RestartingServer {
  let child = start();
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let restarting: Promise<void> = Promise.resolve();

  function start(): ChildProcess {
    const began = spawn(process.execPath, args, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
    began.once('exit', (code, signal) => {
      if (began === child && !closed && signal === null && code !== 0)
        printLine(`The server ended with exit code ${code}. It starts again after the next change.`);
    });
    return began;
  }

  async function restart(file: string): Promise<void> {
    printLine(`${file} has changed: the server starts again.`);
    await end(child);
    if (!closed) child = start();
  }

  return {
    onChange(file) {
      clearTimeout(timer);
      timer = setTimeout(() => {
        restarting = restarting.then(() => (closed ? undefined : restart(file)));
      }, SETTLE_MS);
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      await restarting;
      await end(child);
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const done = new AbortController();
  await Promise.race([exited, delay(STOP_MS, undefined, { signal: done.signal }).catch(() => undefined)]);
  done.abort();
  child.kill('SIGKILL');
  await exited;
}
