import type { Shutdown } from './shutdown.ts';

/** What was started already is stopped when a later part cannot start. */
export async function stopOnFailure<T>(shutdown: Shutdown, start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    await shutdown.stop('start-up failed');
    throw error;
  }
}
