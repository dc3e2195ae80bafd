import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Running, run } from '../support/processes.ts';
import type { Slots } from './plan.ts';
import { startProxy, type TcpProxy } from './proxy.ts';

const clock = fileURLToPath(new URL('shift-clock.ts', import.meta.url));

/** A process that ended although nobody killed it: a fault that should have been survived. */
export interface SelfExit {
  readonly process: string;
  readonly code: number | string;
  readonly lastWords: string;
}

export interface Slot {
  readonly name: string;
  readonly kind: 'WORKER' | 'API';
  /** Between the process and PostgreSQL. */
  readonly link: TcpProxy;
  /** Between clients and an API node; its port outlives the process. */
  readonly door: TcpProxy | null;
  readonly ready: () => boolean;
  /** The wall clock of processes started from now on. */
  setClockOffset(ms: number): void;
  kill(): Promise<void>;
  /** Lets a killed process come back. */
  revive(): void;
  signal(signal: NodeJS.Signals): void;
}

export interface Cluster {
  readonly slots: ReadonlyMap<string, Slot>;
  readonly selfExits: readonly SelfExit[];
  /** How often each process was started. */
  readonly starts: () => number;
  /** Addresses of the API nodes, through their doors. */
  readonly urls: readonly string[];
  aimLinks(port: number): void;
  /** Resolves when every slot has a process that says it is ready. */
  allReady(withinMs: number): Promise<void>;
  /** What each process has said, by `slot.generation`. */
  logs(): [string, string][];
  stop(): Promise<void>;
}

const RESPAWN_MS = 500;

/** Keeps one process per slot running, as a supervisor does, each behind proxies of its own. */
export async function startCluster(options: {
  readonly slots: Slots;
  readonly databaseUrl: () => string;
  readonly env: Readonly<Record<string, string>>;
}): Promise<Cluster> {
  const { slots: names, databaseUrl, env } = options;
  const selfExits: SelfExit[] = [];
  const outputs = new Map<string, () => string>();
  const slots = new Map<string, Slot>();
  const supervisors: { readonly end: () => Promise<void> }[] = [];
  let starts = 0;

  async function addSlot(name: string, kind: 'WORKER' | 'API'): Promise<void> {
    const link = await startProxy();
    const door = kind === 'API' ? await startProxy() : null;
    let running: Running | null = null;
    let ready = false;
    let wanted = true;
    let killed = false;
    let generation = 0;
    let offsetMs = 0;
    let ended = false;

    /** The name is the session's application_name too, so that the audit can tell which process wrote. */
    function start(): Running {
      generation += 1;
      starts += 1;
      const url = new URL(databaseUrl());
      url.port = String(link.port);
      url.searchParams.set('application_name', `${name}.${generation}`);
      const skew =
        offsetMs === 0 ? {} : { NODE_OPTIONS: `--import=${clock}`, CLOCK_OFFSET_MS: String(offsetMs) };
      const process = run(kind === 'API' ? 'api.mjs' : 'worker.mjs', {
        ...env,
        ...skew,
        PORT: '0',
        DATABASE_URL: url.href,
      });
      outputs.set(`${name}.${generation}`, process.output);
      process.said(/ is ready(?:: http:\/\/[\d.]+:(\d+))?/).then(
        ([, port]) => {
          if (running !== process) return;
          door?.aim(Number(port));
          ready = true;
        },
        () => undefined,
      );
      return process;
    }

    async function supervise(): Promise<void> {
      while (!ended) {
        if (!wanted) {
          await delay(20);
          continue;
        }
        killed = false;
        running = start();
        const code = await running.exited;
        door?.aim(null);
        if (!killed && ready && !ended) {
          selfExits.push({
            process: `${name}.${generation}`,
            code,
            lastWords: lastWords(running.output()),
          });
        }
        ready = false;
        // A start that failed, for example without a database, is tried again as any supervisor does.
        if (!killed && !ended) await delay(RESPAWN_MS);
      }
    }

    slots.set(name, {
      name,
      kind,
      link,
      door,
      ready: () => ready,
      setClockOffset(ms) {
        offsetMs = ms;
      },
      async kill() {
        wanted = false;
        killed = true;
        running?.child.kill('SIGKILL');
        await running?.exited;
      },
      revive() {
        wanted = true;
      },
      signal: (signal) => void running?.child.kill(signal),
    });
    const supervising = supervise();
    supervisors.push({
      async end() {
        ended = true;
        killed = true;
        running?.child.kill('SIGKILL');
        await supervising;
        await link.close();
        await door?.close();
      },
    });
  }

  for (const name of names.apis) await addSlot(name, 'API');
  for (const name of names.workers) await addSlot(name, 'WORKER');

  return {
    slots,
    selfExits,
    starts: () => starts,
    urls: names.apis.map((name) => `http://127.0.0.1:${slots.get(name)?.door?.port}/graphql`),
    aimLinks(port) {
      for (const { link } of slots.values()) link.aim(port);
    },
    async allReady(withinMs) {
      const giveUpAt = performance.now() + withinMs;
      for (;;) {
        const missing = [...slots.values()].filter((slot) => !slot.ready());
        if (missing.length === 0) return;
        if (performance.now() > giveUpAt) {
          const said = missing.map(({ name }) => {
            const last = [...outputs.keys()].findLast((key) => key.startsWith(`${name}.`)) ?? '';
            return `${last}:\n${outputs.get(last)?.().slice(-1_000)}`;
          });
          throw new Error(`not ready within ${withinMs} ms: ${said.join('\n')}`);
        }
        await delay(20);
      }
    },
    logs: () => [...outputs].map(([name, output]) => [name, output()]),
    async stop() {
      await Promise.all(supervisors.map(({ end }) => end()));
    },
  };
}

/** The fatal line of a log, or its end. */
function lastWords(output: string): string {
  const lines = output.trimEnd().split('\n');
  return lines.findLast((line) => line.includes('"level":60')) ?? lines.slice(-3).join('\n');
}
