import { hostname } from 'node:os';
import type { Config } from '../config.ts';
import { openDatabase } from '../db/client.ts';
import { listen } from '../events/listener.ts';
import { keepAlive } from '../jobs/keep-alive.ts';
import { createRecorder } from '../jobs/record-steps.ts';
import { rescueItems } from '../jobs/rescue-items.ts';
import { runJobs } from '../jobs/run-jobs.ts';
import type { Logger } from '../logger.ts';
import { createSources } from '../market/sources/index.ts';
import type { Shutdown } from './shutdown.ts';
import { createTasks } from './tasks.ts';

const VERSION = '0.1.0';

/** A worker: presence, rescuer, runner and the listener that wakes it. */
export async function runWorker(config: Config, url: string, log: Logger, shutdown: Shutdown): Promise<void> {
  const { capacity, leaseMs, heartbeatMs, pollMs } = config.worker;
  const { db, close } = openDatabase({
    url,
    max: config.databasePoolSize,
    applicationName: 'thetool worker',
    log,
  });
  shutdown.onStop('worker pool', close);
  const sources = createSources({ ...config, now: () => new Date() });
  const tasks = createTasks(db, sources);

  const name = `${hostname()}:${process.pid}`;
  const kinds = [...tasks.keys()];
  const presence = await keepAlive({
    url,
    name,
    version: VERSION,
    capacity,
    kinds,
    leaseMs,
    heartbeatMs,
    log,
  });
  shutdown.onStop('presence', () => presence.stop());
  const rescuer = rescueItems({ db, leaseMs, log });
  shutdown.onStop('rescuer', () => rescuer.stop());
  const recorder = createRecorder({ db, tasks, log });
  shutdown.onStop('recorder', (signal) => recorder.close(signal));
  const runner = runJobs({ db, presence, tasks, recorder, log, capacity, pollMs });
  shutdown.onStop('runner', async (signal) => {
    await Promise.all([presence.drain(), runner.stop(signal)]);
  });
  const listener = await listen({
    url,
    log,
    onHints: (hints) => runner.hear(hints),
    onConnected: () => runner.wake(),
  });
  shutdown.onStop('worker listener', () => listener.close());
}
