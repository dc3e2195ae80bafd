/** What TheTool's `jobEvents` tells, in the shape and size that its clients ask for. */
export const typeDefs = /* GraphQL */ `
  type JobEvent { seq: Int! at: String! type: String! ticker: String phase: Int progress: Float! attempt: Int! }
  type JobEventBatch { events: [JobEvent!]! cursor: Int! caughtUp: Boolean! gap: Boolean! }
`;

export function batchOf(seq) {
  const at = new Date().toISOString();
  const event = { seq, at, type: 'ITEM_PROGRESSED', ticker: null, phase: null, progress: 0, attempt: 1 };
  return { events: [event], cursor: seq, caughtUp: true, gap: false };
}
