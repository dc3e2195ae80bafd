import { type ASTVisitor, GraphQLError, type ValidationContext } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { withoutSuggestions } from './errors.ts';

/** Depth, breadth and cost are limited by the schema (see builder.ts); these hold before and while a document is validated. */
export const MAX_BODY_BYTES = 1_000_000;
export const MAX_SOCKET_MESSAGE_BYTES = 65_536;

/** Of websockets; see `.env.example`. */
export interface SocketLimits {
  readonly perAddress: number;
  readonly operations: number;
  readonly messagesPer10s: number;
  readonly keepAliveMs: number;
  readonly stallMs: number;
}

const MAX_SOURCE_LENGTH = 20_000;
const MAX_TOKENS = 2_000;
const MAX_ALIASES = 15;
const MAX_DIRECTIVES = 9;

function refusal(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'QUERY_TOO_COMPLEX' } });
}

function countRule(context: ValidationContext): ASTVisitor {
  let aliases = 0;
  let directives = 0;
  return {
    Field(node) {
      if (node.alias !== undefined) aliases += 1;
      if (aliases === MAX_ALIASES + 1)
        context.reportError(refusal(`A document has at most ${MAX_ALIASES} aliases.`));
    },
    Directive() {
      directives += 1;
      if (directives === MAX_DIRECTIVES + 1) {
        context.reportError(refusal(`A document has at most ${MAX_DIRECTIVES} directives.`));
      }
    },
  };
}

/** Holds for HTTP, SSE and websockets alike, since all of them parse and validate through it. */
export const documentLimits: Plugin = {
  onParse({ params, setParseFn, parseFn }) {
    const source =
      typeof params.source === 'string' ? params.source : (params.source as { body: string }).body;
    if (source.length > MAX_SOURCE_LENGTH) {
      throw refusal(`A document has at most ${MAX_SOURCE_LENGTH} characters, not ${source.length}.`);
    }
    setParseFn((text: string, options?: object) => parseFn(text, { ...options, maxTokens: MAX_TOKENS }));
  },
  onValidate({ addValidationRule }) {
    addValidationRule(countRule);
    return ({ result, setResult }) =>
      setResult(
        result.map((error: Error) => (error instanceof GraphQLError ? withoutSuggestions(error) : error)),
      );
  },
};
