import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TEST_KEY } from './key.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Running {
  readonly child: ChildProcess;
  readonly output: () => string;
  /** Resolves with the match of the first output that matches; rejects when the process ends before. */
  said(pattern: RegExp): Promise<RegExpMatchArray>;
  /** Resolves with exit code, or the signal's name. */
  readonly exited: Promise<number | string>;
  stop(signal?: NodeJS.Signals): Promise<number | string>;
}

/**
 * A real process of this project, with the Node that runs the tests and no settings but these: it works in a folder without a `.env`, so
 * that the file of a developer is not read.
 */
export function run(
  entry: string,
  env: Record<string, string>,
  options: {
    readonly uid?: number;
    readonly gid?: number;
    readonly cwd?: string;
    readonly args?: readonly string[];
    /** A program and its arguments that start the process, for example in namespaces of its own. */
    readonly under?: readonly string[];
    /** The folder of a copy of the project; by default this one. */
    readonly copy?: string;
  } = {},
): Running {
  const { args = [], under = [], copy = root, ...where } = options;
  const [command = '', ...rest] = [...under, process.execPath, join(copy, 'src/main', entry), ...args];
  return observe(
    entry,
    spawn(command, rest, {
      cwd: join(root, 'test'),
      env: { PATH: process.env.PATH ?? '', BOOTSTRAP_KEY: TEST_KEY, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...where,
    }),
  );
}

/** `npm run <script>` of this project, as a user types it. npm starts the process that serves as its child. */
export function runNpm(script: string, env: Record<string, string>): Running {
  const { PATH = '', HOME = '' } = process.env;
  return observe(
    script,
    spawn('npm', ['run', script], {
      cwd: root,
      env: { PATH, HOME, BOOTSTRAP_KEY: TEST_KEY, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );
}

function observe(entry: string, child: ChildProcess): Running {
  let text = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      for (const listener of listeners) listener();
    });
  }
  const exited = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string);
  return {
    child,
    exited,
    output: () => text,
    said(pattern) {
      return new Promise((resolve, reject) => {
        const look = () => {
          const match = text.match(pattern);
          if (match === null) return;
          listeners.delete(look);
          resolve(match);
        };
        listeners.add(look);
        void exited.then((end) => reject(new Error(`${entry} ended with ${end}:\n${text}`)));
        look();
      });
    },
    async stop(signal = 'SIGTERM') {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      return exited;
    },
  };
}

/** The address that an API process or `start` announces. */
export async function urlOf(process: Running): Promise<string> {
  const [, url = ''] = await process.said(/ready: (http\S+\/graphql)/);
  return url;
}

export async function temporaryDirectory(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'thetool-e2e-'));
  await chmod(path, 0o755);
  // A process that was killed may write once more while its directory is removed.
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }) };
}
