import type pg from 'pg';

/** Gives a name to a statement that comes again and again. */
export type NameStatement = (text: string) => string | undefined;

/** A statement is frequent when it has come so often. */
const FREQUENT = 5;
/** Names of a process at most: each is a plan in every connection. */
const MOST_NAMES = 100;
/** Texts that are counted at most; the one that came first is forgotten. */
const MOST_COUNTED = 1_000;

/**
 * Named statements are parsed once per connection, and PostgreSQL soon keeps their plans. Reads whose text depends on what is asked for cannot have names of
 * their own; here the frequent ones get one, whatever wrote them. Only for statements with parameters: others may be commands.
 */
export function createStatementNames(): NameStatement {
  const names = new Map<string, string>();
  const counts = new Map<string, number>();
  return (text) => {
    const name = names.get(text);
    if (name !== undefined || names.size >= MOST_NAMES) return name;
    const count = (counts.get(text) ?? 0) + 1;
    counts.set(text, count);
    if (counts.size > MOST_COUNTED) for (const oldest of counts.keys().take(1)) counts.delete(oldest);
    if (count < FREQUENT) return undefined;
    counts.delete(text);
    const next = `frequent_${names.size + 1}`;
    names.set(text, next);
    return next;
  };
}

/** From now on the statements of a connection that have no name are named by `nameOf`. */
export function nameStatements(client: pg.PoolClient, nameOf: NameStatement): void {
  const query = client.query.bind(client) as (...args: unknown[]) => unknown;
  const named = (...args: unknown[]) => {
    const [config, values] = args;
    if (!isUnnamed(config) || !Array.isArray(values) || values.length === 0) return query(...args);
    const name = nameOf(config.text);
    return name === undefined ? query(...args) : query({ ...config, name }, ...args.slice(1));
  };
  Reflect.set(client, 'query', named);
}

function isUnnamed(config: unknown): config is { readonly text: string } {
  if (typeof config !== 'object' || config === null || !('text' in config)) return false;
  return typeof config.text === 'string' && !('name' in config && config.name !== undefined);
}
