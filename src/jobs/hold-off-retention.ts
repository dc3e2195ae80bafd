import { holdOffPruning } from './retention.store.ts';

/** For other features whose transactions lock the rows that retention locks, in another order: retention does not run until the transaction ends. */
export const holdOffRetention = holdOffPruning;
