import { TokenKind } from 'graphql';
import { createKept } from '../execution/kept.ts';
import type { DocumentFacts } from '../graphql/document-facts.ts';

/** Tokens of all documents that are kept. A token takes about 0.5 KB with its nodes and facts: 125 MB. */
const KEPT_TOKENS = 250_000;
/** A document has its costs beside its tokens: they take about as much as 60 of them. */
const OVERHEAD_TOKENS = 60;

/** Documents that are valid, by their text: those that were used last. */
export function createKeptDocuments(keptTokens = KEPT_TOKENS) {
  const kept = createKept<DocumentFacts>(keptTokens);
  return {
    get: kept.get,
    set: (text: string, facts: DocumentFacts) => kept.set(text, facts, OVERHEAD_TOKENS + tokensOf(facts)),
  };
}

function tokensOf({ document }: DocumentFacts): number {
  let tokens = 0;
  let token = document.loc?.startToken ?? null;
  for (; token !== null && token.kind !== TokenKind.EOF; token = token.next) tokens += 1;
  return tokens;
}
