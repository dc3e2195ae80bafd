import type { Join, SharedExecutions } from '../execution/share-executions.ts';
import type { Context } from '../graphql/context.ts';
import type { Metrics } from '../metrics.ts';
import { allowanceOf, type Rates } from '../rates/rate.ts';
import type { Subscriptions } from './bound-subscriptions.ts';

/** Bytes of a message that its first point pays for, and those that each further point pays for. */
const FIRST_BYTES = 1_000;
const BYTES_PER_POINT = 50;

/** Points that it costs to send a message of so many bytes to one subscriber. */
export const priceOf = (bytes: number): number =>
  1 + Math.ceil(Math.max(0, bytes - FIRST_BYTES) / BYTES_PER_POINT);

/** Points that an execution costs whose step has so much content, in multiples of what the cost of the subscription stands for. */
export const executionPriceOf = (cost: number, content: number): number =>
  Math.max(1, Math.ceil(cost * content));

/**
 * The same executions, each message at a price that its subscriber's workspace pays. A subscriber whose workspace has no points left waits where it is, as one
 * that does not read: what it has not got lies in the log, not in memory, and comes when points come back. Counts the subscribers: one
 * for whom there is no room any more when it begins ends with the reason.
 */
export function limitSubscribers(
  executions: SharedExecutions<Context>,
  rates: Pick<Rates, 'isOpen' | 'spend' | 'whenOpen'>,
  { subscribers }: Pick<Metrics, 'subscribers'>,
  subscriptions: Pick<Subscriptions, 'take'>,
): SharedExecutions<Context> {
  function limit(join: Join, key: string, workspaceId: string): Join {
    return (sink) => {
      const stop = subscriptions.take(workspaceId);
      if (typeof stop !== 'function') {
        sink.end(stop);
        return () => undefined;
      }
      let isOpen = true;
      const close = () => {
        if (!isOpen) return;
        isOpen = false;
        subscribers.dec();
        stop();
      };
      subscribers.inc();
      const leave = join({
        isReady: (bytes) => sink.isReady(bytes) && rates.isOpen(key),
        next(payload) {
          rates.spend(key, priceOf(payload.bytes));
          sink.next(payload);
        },
        whenReady(listener, bytes) {
          if (!sink.isReady(bytes)) sink.whenReady(listener, bytes);
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
      const { access } = subscribed.context;
      return typeof opened === 'function' ? limit(opened, allowanceOf(access), access.workspaceId) : opened;
    },
  };
}
