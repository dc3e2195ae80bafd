/** Rows as they were a moment ago, so that not every request asks the database. */
export interface Recent<Row> {
  find(id: string): Promise<Row | null>;
  forget(id: string): void;
  clear(): void;
}

/** What is known is not asked again for so long; also how long a change takes that no notification told of. */
const CACHE_MS = 5_000;
/** The oldest is forgotten. */
const MAX_REMEMBERED = 10_000;

export function createRecent<Row>(load: (id: string) => Promise<Row | null>): Recent<Row> {
  const cache = new Map<string, { readonly found: Promise<Row | null>; readonly at: number }>();
  return {
    find(id) {
      const known = cache.get(id);
      if (known !== undefined && performance.now() - known.at < CACHE_MS) return known.found;
      const entry = { found: load(id), at: performance.now() };
      cache.delete(id);
      cache.set(id, entry);
      if (cache.size > MAX_REMEMBERED) for (const oldest of cache.keys().take(1)) cache.delete(oldest);
      entry.found.catch(() => cache.get(id) === entry && cache.delete(id));
      return entry.found;
    },
    forget: (id) => void cache.delete(id),
    clear: () => cache.clear(),
  };
}
