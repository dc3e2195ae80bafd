import type { Shutdown } from './shutdown.ts';

/**
 * What was started already is stopped when a later part cannot start. When a signal came during the start, the parts
 * that then fail are its consequence: the signal ends the process and nothing is reported.
 */
export async function stopOnFailure<T>(shutdown: Shutdown, start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    if (shutdown.stopping) return new Promise<never>(() => undefined);
    await shutdown.stop('start-up failed');
    throw error;
  }
}
