/**
 * Work that computes without ever waiting would keep heartbeats, answers of the database and signals waiting. Between two pieces of it
 * ask this: null while the turn of the event loop is younger than `maxMs`, else a promise that lets everybody else run first.
 */
export function createBreather(maxMs: number): () => Promise<void> | null {
  let turnBegan: number | null = null;
  let pause: Promise<void> | null = null;
  return () => {
    if (pause !== null) return pause;
    if (turnBegan === null) {
      turnBegan = performance.now();
      setImmediate(() => {
        turnBegan = null;
      });
      return null;
    }
    if (performance.now() - turnBegan < maxMs) return null;
    pause = new Promise((resolve) => {
      setImmediate(() => {
        pause = null;
        resolve();
      });
    });
    return pause;
  };
}
