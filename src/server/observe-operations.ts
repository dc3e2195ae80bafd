import { GraphQLError } from 'graphql';
import { isTransient } from '../db/retry.ts';
import { UserError } from '../errors.ts';
import type { Metrics } from '../metrics.ts';

type Outcome = 'ok' | 'abandoned' | 'refused' | 'unavailable' | 'internal';
type Kind = 'query' | 'mutation' | 'subscription' | 'unknown';

/** Counts operations over every transport by their outcome. Refusals that are part of a result type are `ok`: they are responses. */
export interface Observe {
  /** An operation that does not run. */
  rejected(kind: Kind, errors: readonly unknown[]): void;
  /** A query or mutation begins. Returns what to call with the errors of its result. */
  begin(kind: Kind): (errors: readonly unknown[] | undefined) => void;
  /** A subscription has started. */
  subscribed(): void;
}

export function observeOperations(metrics: Pick<Metrics, 'operations' | 'operationSeconds'>): Observe {
  const count = (type: Kind, errors: readonly unknown[]) =>
    metrics.operations.inc({ type, outcome: worst(errors.map(outcomeOf)) });
  return {
    rejected: count,
    begin(type) {
      const began = performance.now();
      return (errors = []) => {
        metrics.operationSeconds.observe({ type }, (performance.now() - began) / 1_000);
        count(type, errors);
      };
    },
    subscribed: () => count('subscription', []),
  };
}

const severity: readonly Outcome[] = ['ok', 'abandoned', 'refused', 'unavailable', 'internal'];

function worst(outcomes: readonly Outcome[]): Outcome {
  return severity.findLast((outcome) => outcomes.includes(outcome)) ?? 'ok';
}

function outcomeOf(error: unknown): Outcome {
  const code = error instanceof GraphQLError ? error.extensions.code : null;
  if (code === 'UNAVAILABLE') return 'unavailable';
  if (code === 'INTERNAL') return 'internal';
  if (code === 'CLIENT_GONE') return 'abandoned';
  const cause = error instanceof GraphQLError ? error.originalError : error;
  if (cause == null || cause instanceof UserError || cause instanceof GraphQLError) return 'refused';
  return isTransient(cause) ? 'unavailable' : 'internal';
}
