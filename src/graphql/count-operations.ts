import { type DocumentNode, type ExecutionResult, GraphQLError, getOperationAST } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { isTransient } from '../db/retry.ts';
import { UserError } from '../errors.ts';
import type { Metrics } from '../metrics.ts';

type Outcome = 'ok' | 'refused' | 'unavailable' | 'internal';

/**
 * Counts what is executed over every transport: queries and mutations by what became of them, subscriptions when they are accepted.
 * Refusals that are part of a result type are `ok`: they are answers.
 */
export function countOperations(metrics: Pick<Metrics, 'operations' | 'operationSeconds'>): Plugin {
  return {
    onValidate({ params }) {
      return ({ valid }) => {
        const type = typeOf(params.documentAST, null);
        if (!valid) metrics.operations.inc({ type, outcome: 'refused' });
        else if (type === 'subscription') metrics.operations.inc({ type, outcome: 'ok' });
      };
    },
    onExecute({ args }) {
      const type = typeOf(args.document, args.operationName);
      const began = performance.now();
      return {
        onExecuteDone({ result }) {
          const errors = (result as ExecutionResult).errors ?? [];
          metrics.operationSeconds.observe({ type }, (performance.now() - began) / 1_000);
          metrics.operations.inc({ type, outcome: worst(errors.map(outcomeOf)) });
        },
      };
    },
  };
}

function typeOf(document: DocumentNode, name: string | null | undefined): string {
  return getOperationAST(document, name)?.operation ?? 'unknown';
}

const severity: readonly Outcome[] = ['ok', 'refused', 'unavailable', 'internal'];

function worst(outcomes: readonly Outcome[]): Outcome {
  return severity.findLast((outcome) => outcomes.includes(outcome)) ?? 'ok';
}

function outcomeOf(error: unknown): Outcome {
  const code = error instanceof GraphQLError ? error.extensions.code : null;
  if (code === 'UNAVAILABLE') return 'unavailable';
  if (code === 'INTERNAL') return 'internal';
  const cause = error instanceof GraphQLError ? error.originalError : error;
  if (cause == null || cause instanceof UserError || cause instanceof GraphQLError) return 'refused';
  return isTransient(cause) ? 'unavailable' : 'internal';
}
