import type { GraphQLError } from 'graphql';
import type { Context } from '../graphql/context.ts';
import { allowanceOf, type RateState, rateHeaders } from '../rates/rate.ts';
import { rejection } from './rejections.ts';

/** What an operation may cost, in points. */
export const MAX_COST = 20_000;

/** Takes the points of an operation from the allowance of its workspace. Throws a GraphQLError when it costs too much or when too few are left. */
export async function chargeFor(cost: number, { rates, access }: Context): Promise<void> {
  if (cost > MAX_COST) {
    const message = `This operation costs ${cost}, more than ${MAX_COST}: ask for fewer fields or smaller pages.`;
    throw rejection(400, 'QUERY_TOO_COMPLEX', message, { cost, limit: MAX_COST });
  }
  const key = allowanceOf(access);
  const admission = await rates.take(key, cost);
  if (!admission.admitted) throw rateLimited(admission.retryAfterMs, rates.stateOf(key));
}

function rateLimited(retryAfterMs: number, state: RateState): GraphQLError {
  const retryAfter = Math.max(1, Math.ceil(retryAfterMs / 1_000));
  const headers = { 'retry-after': String(retryAfter), ...rateHeaders(state) };
  const message = `The rate limit of the workspace is exceeded; try again in ${retryAfter} s.`;
  return rejection(429, 'RATE_LIMITED', message, { retryAfter, retryable: true, headers });
}
