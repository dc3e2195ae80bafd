import { type Chart, operandAt } from './chart.ts';
import { type Clause, FILTER_IDS, type Filter, type FilterId, type Strategy } from './strategy.ts';

export type Outcome = 'PASSED' | 'FAILED' | 'NOT_EVALUATED';

export interface ClauseResult {
  readonly filter: FilterId;
  readonly clause: string;
  /** False for a clause of an "at least n of" list. */
  readonly required: boolean;
  readonly value: number | null;
  readonly limit: number | null;
  /** Upper end of a range; null for a one-sided clause. */
  readonly upTo: number | null;
  readonly outcome: Outcome;
}

/** Why a buy was held back. */
export interface Veto {
  readonly filter: FilterId;
  readonly clause: string;
  readonly value: number | null;
  readonly limit: number | null;
}

export interface Filtered {
  readonly outcomes: Readonly<Record<FilterId, Outcome>>;
  readonly clauses: readonly ClauseResult[];
  /** One per reason; empty when every filter passed. */
  readonly vetoes: readonly Veto[];
}

export function holds(chart: Chart, bar: number, clause: Clause): boolean | null {
  const value = operandAt(chart, bar, clause.value);
  const limit = typeof clause.limit === 'number' ? clause.limit : operandAt(chart, bar, clause.limit);
  if (value === null || limit === null) return null;
  switch (clause.is) {
    case 'AT_LEAST':
      return value >= limit && (clause.upTo === undefined || value <= clause.upTo);
    case 'AT_MOST':
      return value <= limit;
    case 'ABOVE':
      return value > limit;
    case 'BELOW':
      return value < limit;
  }
}

/** Evaluates both filters clause by clause. No evidence, no buy: a required clause without input vetoes too. */
export function applyFilters(chart: Chart, bar: number, filters: Strategy['filters']): Filtered {
  const clauses: ClauseResult[] = [];
  const vetoes: Veto[] = [];
  const outcomes = {} as Record<FilterId, Outcome>;
  for (const id of FILTER_IDS) {
    const required = filters[id].all.map((clause) => evaluate(chart, bar, id, clause, true));
    const listed = (filters[id].atLeast?.of ?? []).map((clause) => evaluate(chart, bar, id, clause, false));
    clauses.push(...required, ...listed);
    const missed = required.filter(({ outcome }) => outcome !== 'PASSED');
    for (const { clause, value, limit } of missed) vetoes.push({ filter: id, clause, value, limit });
    const short = shortfall(id, filters[id], listed);
    if (short !== null) vetoes.push(short);
    const failed = short !== null || missed.some(({ outcome }) => outcome === 'FAILED');
    outcomes[id] = failed ? 'FAILED' : missed.length > 0 ? 'NOT_EVALUATED' : 'PASSED';
  }
  return { outcomes, clauses, vetoes };
}

/** True where `applyFilters` has no veto, without the account of it: a backtest asks on every bar, and a quarter of its time was the account. */
export function passesFilters(chart: Chart, bar: number, filters: Strategy['filters']): boolean {
  for (const id of FILTER_IDS) {
    const { all, atLeast } = filters[id];
    for (const clause of all) if (holds(chart, bar, clause) !== true) return false;
    if (atLeast === undefined) continue;
    let met = 0;
    for (const clause of atLeast.of) if (holds(chart, bar, clause) === true) met += 1;
    if (met < atLeast.count) return false;
  }
  return true;
}

/** The veto of an "at least n of" list: how many held, how many should. */
function shortfall(id: FilterId, filter: Filter, listed: readonly ClauseResult[]): Veto | null {
  if (filter.atLeast === undefined) return null;
  const met = listed.filter(({ outcome }) => outcome === 'PASSED').length;
  const { count, of } = filter.atLeast;
  return met >= count
    ? null
    : { filter: id, clause: `AT_LEAST_${count}_OF_${of.length}`, value: met, limit: count };
}

function evaluate(
  chart: Chart,
  bar: number,
  filter: FilterId,
  clause: Clause,
  required: boolean,
): ClauseResult {
  const passed = holds(chart, bar, clause);
  return {
    filter,
    clause: clause.clause,
    required,
    value: operandAt(chart, bar, clause.value),
    limit: typeof clause.limit === 'number' ? clause.limit : operandAt(chart, bar, clause.limit),
    upTo: clause.upTo ?? null,
    outcome: passed === null ? 'NOT_EVALUATED' : passed ? 'PASSED' : 'FAILED',
  };
}
