import type { Context } from './context.ts';

/** The global id of an object: its type and key, as Relay's `node` reads it. */
export function globalIdOf(typename: string, ...keys: readonly string[]): string {
  return Buffer.from(`${typename}:${keys.join(':')}`).toString('base64');
}

/**
 * Options of the `id` of a type that `node` does not load. Without an `id`, the caches of clients tell the entries of a list apart by their position alone,
 * and show the values of one entry with another after the list has changed. `keysOf` returns what makes the object unique over all workspaces.
 */
export const objectId = <Parent>(
  typename: string,
  keysOf: (parent: Parent, context: Context) => readonly string[],
) => ({
  type: 'ID' as const,
  description: 'Global id for caches of clients: opaque, stable and unique over all types. Not for `node`.',
  resolve: (parent: Parent, _args: object, context: Context) =>
    globalIdOf(typename, ...keysOf(parent, context)),
});
