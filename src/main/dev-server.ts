import { serve } from './start.ts';

/**
 * The process that `npm run dev` starts again after each change: API and worker on the database of its parent. It stops when its parent
 * has ended in any way.
 */
export function main(): Promise<void> {
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  return serve('COMMAND');
}
