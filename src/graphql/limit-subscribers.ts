import type { Metrics } from '../metrics.ts';
import { allowanceOf, type Rates } from '../rates/rate.ts';
import type { Join, SharedExecutions } from './share-executions.ts';

/**
 * The same executions, each message at the price of a point of its subscriber's workspace. A subscriber whose workspace has none left waits where it is, as one
 * that does not read: what it has not got lies in the log, not in memory, and comes when points come back. Counts the subscribers.
 */
export function limitSubscribers(
  executions: SharedExecutions,
  rates: Pick<Rates, 'isOpen' | 'spend' | 'whenOpen'>,
  { subscribers }: Pick<Metrics, 'subscribers'>,
): SharedExecutions {
  function limit(join: Join, key: string): Join {
    return (sink) => {
      let isOpen = true;
      const close = () => {
        if (isOpen) subscribers.dec();
        isOpen = false;
      };
      subscribers.inc();
      const leave = join({
        isReady: () => sink.isReady() && rates.isOpen(key),
        next(payload) {
          rates.spend(key);
          sink.next(payload);
        },
        whenReady(listener) {
          if (!sink.isReady()) sink.whenReady(listener);
          else rates.whenOpen(key, listener);
        },
        end(error) {
          close();
          sink.end(error);
        },
      });
      return () => {
        close();
        leave();
      };
    };
  }

  return {
    async open(subscribed) {
      const opened = await executions.open(subscribed);
      return typeof opened === 'function' ? limit(opened, allowanceOf(subscribed.context.access)) : opened;
    },
  };
}
