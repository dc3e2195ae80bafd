/** Statements at a time. */
const AT_ONCE = 4;

/**
 * Loads rows by id. The ids that are asked for in one turn of the event loop, or while the permitted statements run, are gathered for one
 * statement: what many ids cost the database does not grow with the number of clients that ask. When a statement fails, the ids that wait fail with it: nobody waits for two
 * time limits in a row.
 */
export function gatherLoads<Row>(
  loadAll: (ids: readonly string[]) => Promise<ReadonlyMap<string, Row>>,
): (id: string) => Promise<Row | null> {
  type Batch = Map<string, PromiseWithResolvers<Row | null>>;
  let waiting: Batch = new Map();
  let running = 0;
  let isPlanned = false;

  const reject = (batch: Batch, error: unknown) => {
    for (const { reject } of batch.values()) reject(error);
  };

  function takeWaiting(): Batch {
    const batch = waiting;
    waiting = new Map();
    return batch;
  }

  async function loadWaiting(): Promise<void> {
    const batch = takeWaiting();
    running += 1;
    try {
      const rows = await loadAll([...batch.keys()]);
      for (const [id, { resolve }] of batch) resolve(rows.get(id) ?? null);
    } catch (error) {
      reject(batch, error);
      reject(takeWaiting(), error);
    }
    running -= 1;
    if (waiting.size > 0) await loadWaiting();
  }

  return (id) => {
    const asked = waiting.get(id) ?? Promise.withResolvers<Row | null>();
    waiting.set(id, asked);
    if (!isPlanned && running < AT_ONCE) {
      isPlanned = true;
      setImmediate(() => {
        isPlanned = false;
        if (waiting.size > 0 && running < AT_ONCE) void loadWaiting();
      });
    }
    return asked.promise;
  };
}
