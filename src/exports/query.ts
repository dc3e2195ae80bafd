import { validate as isUuid } from 'uuid';
import { InvalidInputError } from '../errors.ts';

/** Throws InvalidInputError for a parameter that is not known: a misspelt filter must not export everything. */
export function refuseOthers(query: URLSearchParams, known: readonly string[]): void {
  for (const name of query.keys())
    if (!known.includes(name)) {
      const message = `There is no parameter ${name.slice(0, 40)}; there are ${known.join(', ')}.`;
      throw new InvalidInputError(name, message);
    }
}

/** A parameter that is there at most once. */
export function single(query: URLSearchParams, name: string): string | undefined {
  const values = query.getAll(name);
  if (values.length > 1) throw new InvalidInputError(name, `Give ${name} once.`);
  return values[0];
}

/** An id as a UUID, or as GraphQL gives it: the global id of an object of this type. */
export function idOf(query: URLSearchParams, name: string, type: string): string | undefined {
  const text = single(query, name);
  return text === undefined ? undefined : parseId(text, name, type);
}

export function parseId(text: string, name: string, type: string): string {
  const [, id = text] = new RegExp(`^${type}:(.+)$`).exec(Buffer.from(text, 'base64').toString()) ?? [];
  if (!isUuid(id)) throw new InvalidInputError(name, `${name} is the id of a ${type.toLowerCase()}.`);
  return id;
}
