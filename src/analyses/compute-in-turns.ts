import { setImmediate as turn } from 'node:timers/promises';
import { throwIfAbandoned } from '../db/abandon.ts';
import { createSlots } from '../rates/slots.ts';

/** One for the process: it has one event loop. */
const slots = createSlots({ total: 1, perOwner: 1 });

/**
 * Runs pieces of computing one per turn of the event loop, the workspaces in turns: whatever one of them asks for, the others are served between two pieces of it. A
 * piece is a few milliseconds long. One whose client has gone is not run.
 */
export function computeInTurns<T>(workspaceId: string, piece: () => T): Promise<T> {
  return slots.run(workspaceId, async () => {
    await turn();
    throwIfAbandoned();
    return piece();
  });
}
