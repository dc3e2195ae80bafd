import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type GraphQLSchema, parse, validate } from 'graphql';
import { StartupError } from '../startup.ts';

/** Reads a manifest of persisted documents, `{ "<SHA-256>": "<document>" }`, and checks it. Throws StartupError. */
export async function loadDocuments(path: string, schema: GraphQLSchema): Promise<Map<string, string>> {
  const fault = (what: string) => new StartupError(`PERSISTED_OPERATIONS: ${path} ${what}`);
  const text = await readFile(path, 'utf8').catch(() => {
    throw fault('cannot be read');
  });
  const documents = new Map<string, string>();
  for (const [name, document] of Object.entries(parseObject(text, fault))) {
    const hash = name.replace(/^sha256:/, '');
    if (typeof document !== 'string' || createHash('sha256').update(document).digest('hex') !== hash) {
      throw fault(`has an entry ${hash.slice(0, 80)} that is not the SHA-256 of its document`);
    }
    const [error] = faultsOf(document, schema);
    if (error !== undefined) throw fault(`has a document ${hash} that does not fit the schema: ${error}`);
    documents.set(hash, document);
  }
  return documents;
}

function parseObject(text: string, fault: (what: string) => Error): object {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null) return parsed;
  } catch {
    // Told below.
  }
  throw fault('is no JSON object');
}

function faultsOf(document: string, schema: GraphQLSchema): readonly string[] {
  try {
    return validate(schema, parse(document)).map(({ message }) => message);
  } catch (error) {
    return [String(error)];
  }
}
