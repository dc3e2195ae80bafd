import type { DocumentFacts } from './document-facts.ts';

/** So many documents are kept, those that were used last: at 20,000 characters each, 100 MB with all facts. */
const KEPT = 1_024;

/** Documents that are valid, by their text. */
export function createKeptDocuments(kept = KEPT) {
  const known = new Map<string, DocumentFacts>();
  return {
    get(text: string): DocumentFacts | undefined {
      const facts = known.get(text);
      if (facts === undefined) return undefined;
      // The newest are at the end.
      known.delete(text);
      known.set(text, facts);
      return facts;
    },
    set(text: string, facts: DocumentFacts): void {
      known.set(text, facts);
      if (known.size > kept) for (const oldest of known.keys().take(1)) known.delete(oldest);
    },
  };
}
