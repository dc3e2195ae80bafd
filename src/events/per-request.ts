import { shareReads } from './share-reads.ts';

/**
 * A read that all objects of one request share: what they ask for in one turn of the event loop is loaded at once. `load` gets the context of the request and
 * the keys, each name of `keyOf` once, and returns values by name; a name without a value is undefined. One `load` gets keys of one group
 * only (`groupOf`; `first` is one of them), for example of one strategy. Nothing outlives the context.
 */
export function perRequest<Context extends object, Key, Value>(
  keyOf: (key: Key) => string,
  load: (context: Context, keys: readonly Key[], first: Key) => Promise<ReadonlyMap<string, Value>>,
  groupOf: (key: Key) => string | number = () => '',
): (context: Context, key: Key) => Promise<Value | undefined> {
  type Read = (key: Key) => Promise<Value | undefined>;
  const requests = new WeakMap<Context, Map<string | number, Read>>();
  return (context, key) => {
    const groups = requests.get(context) ?? new Map<string | number, Read>();
    requests.set(context, groups);
    const group = groupOf(key);
    let read = groups.get(group);
    if (read === undefined) {
      read = shareReads(keyOf, (keys) => load(context, keys, key));
      groups.set(group, read);
    }
    return read(key);
  };
}

/** As `perRequest` for keys that are themselves the names. */
export function perRequestById<Context extends object, Value>(
  load: (context: Context, ids: readonly string[]) => Promise<ReadonlyMap<string, Value>>,
): (context: Context, id: string) => Promise<Value | undefined> {
  return perRequest((id: string) => id, load);
}
