import type { Metrics } from '../metrics.ts';
import type { SharedExecutions } from './share-executions.ts';

/** The same executions, with the number of subscriptions that are open. */
export function countSubscribers(
  executions: SharedExecutions,
  { subscribers }: Pick<Metrics, 'subscribers'>,
): SharedExecutions {
  return {
    ...executions,
    async subscribe(args, outlet) {
      const answer = await executions.subscribe(args, outlet);
      if (!(Symbol.asyncIterator in answer)) return answer;
      subscribers.inc();
      return withEnd(answer, () => subscribers.dec());
    },
  };
}

/** Calls back once, when the iteration has ended by itself, by an error, or because its reader left. */
function withEnd<Value>(
  inner: AsyncGenerator<Value, void, void>,
  onEnd: () => void,
): AsyncGenerator<Value, void, void> {
  let open = true;
  const end = () => {
    if (open) onEnd();
    open = false;
  };
  const watch = (step: Promise<IteratorResult<Value, void>>) => {
    step.then(({ done }) => done === true && end(), end);
    return step;
  };
  const outer: AsyncGenerator<Value, void, void> = {
    next: () => watch(inner.next()),
    return(value) {
      end();
      return inner.return(value);
    },
    throw(error) {
      end();
      return inner.throw(error);
    },
    [Symbol.asyncIterator]: () => outer,
    async [Symbol.asyncDispose]() {
      await outer.return();
    },
  };
  return outer;
}
