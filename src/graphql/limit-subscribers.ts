import type { ExecutionResult } from 'graphql';
import { limitKeyOf } from '../access/access.ts';
import type { Rates } from '../rates/rate.ts';
import type { Outlet, SharedExecutions } from './share-executions.ts';

/**
 * The same executions, each message at the price of a point of its subscriber's key. A stream whose key has none left waits where it is, as one
 * that does not read: what it has not got lies in the log, not in memory, and comes when points come back.
 */
export function limitSubscribers(executions: SharedExecutions, rates: Rates): SharedExecutions {
  return {
    ...executions,
    async subscribe(args, outlet) {
      const key = limitKeyOf(args.contextValue.access);
      if (outlet !== undefined) return executions.subscribe(args, paced(outlet, rates, key));
      const answer = await executions.subscribe(args);
      return Symbol.asyncIterator in answer ? pacedIteration(answer, rates, key) : answer;
    },
  };
}

function paced(outlet: Outlet, rates: Rates, key: string): Outlet {
  return {
    isReady: () => outlet.isReady() && rates.isOpen(key),
    next(payload) {
      rates.spend(key);
      outlet.next(payload);
    },
    whenReady(listener) {
      if (!outlet.isReady()) outlet.whenReady(listener);
      else rates.whenOpen(key, listener);
    },
  };
}

function pacedIteration(
  inner: AsyncGenerator<ExecutionResult, void, void>,
  rates: Rates,
  key: string,
): AsyncGenerator<ExecutionResult, void, void> {
  const outer: AsyncGenerator<ExecutionResult, void, void> = {
    async next() {
      while (!rates.isOpen(key)) await new Promise<void>((resolve) => rates.whenOpen(key, resolve));
      const step = await inner.next();
      if (step.done !== true) rates.spend(key);
      return step;
    },
    return: () => inner.return(),
    throw: (error) => inner.throw(error),
    [Symbol.asyncIterator]: () => outer,
    async [Symbol.asyncDispose]() {
      await inner.return();
    },
  };
  return outer;
}
