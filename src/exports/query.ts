import { InvalidInputError } from '../errors.ts';
import { parseUuid } from '../uuid.ts';

/**
 * Throws InvalidInputError for a parameter that is unknown or repeated: a misspelt filter must not export everything, and of two values one would
 * be ignored. `lists` are parameters that may be repeated.
 */
export function checkParameters(
  query: URLSearchParams,
  known: readonly string[],
  lists: readonly string[] = [],
): void {
  const all = [...known, ...lists];
  for (const name of query.keys()) {
    if (!all.includes(name)) {
      const message = `There is no parameter ${name.slice(0, 40)}: use ${all.join(', ')}.`;
      throw new InvalidInputError(name, message);
    }
    if (!lists.includes(name) && query.getAll(name).length > 1)
      throw new InvalidInputError(name, `Give ${name} once.`);
  }
}

/** The value of a parameter that `checkParameters` has found at most once. */
export function single(query: URLSearchParams, name: string): string | undefined {
  return query.get(name) ?? undefined;
}

/** An id as a UUID, or as GraphQL gives it: the global id of an object of this type. */
export function idOf(query: URLSearchParams, name: string, type: string): string | undefined {
  const text = single(query, name);
  return text === undefined ? undefined : parseId(text, name, type);
}

export function parseId(text: string, name: string, type: string): string {
  const [, key = text] = new RegExp(`^${type}:(.+)$`).exec(Buffer.from(text, 'base64').toString()) ?? [];
  const id = parseUuid(key);
  if (id === null)
    throw new InvalidInputError(
      name,
      `${name} must be the id of ${/^[AEIOU]/.test(type) ? 'an' : 'a'} ${type.toLowerCase()}.`,
    );
  return id;
}
