import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Seconds, from a statement on a warm page to one that waits for its time limit. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export type Metrics = ReturnType<typeof createMetrics>;

/**
 * The instruments of one process. docs/metrics.md is written from them (`npm run reference`). Observers set
 * the gauges before each scrape.
 */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  // CPU, memory, garbage collection and the event loop's delay under the names that dashboards know.
  collectDefaultMetrics({ register: registry });
  const counter = <Label extends string = never>(name: string, help: string, labelNames: Label[] = []) =>
    new Counter({ name: `thetool_${name}`, help, labelNames, registers });
  const gauge = <Label extends string = never>(name: string, help: string, labelNames: Label[] = []) =>
    new Gauge({ name: `thetool_${name}`, help, labelNames, registers });
  const histogram = <Label extends string = never>(
    name: string,
    help: string,
    labelNames: Label[] = [],
    buckets = SECONDS,
  ) => new Histogram({ name: `thetool_${name}`, help, labelNames, buckets, registers });

  const observers: (() => void | Promise<void>)[] = [];

  return {
    /** Registers what sets gauges before they are read. It must not reject. */
    observe: (observer: () => void | Promise<void>) => void observers.push(observer),
    /** All values now, in Prometheus' text format. */
    async scrape(): Promise<string> {
      await Promise.all(observers.map((observer) => observer()));
      return registry.metrics();
    },
    registry,
    queueJobs: gauge('queue_jobs', 'Jobs that have not ended, by state.', ['state']),
    queueItems: gauge('queue_items', 'Items that have not ended, by state.', ['state']),
    queueOldestSeconds: gauge(
      'queue_oldest_seconds',
      'Age of the oldest item that has not ended, by state: QUEUED and due, or PROCESSING.',
      ['state'],
    ),
    queuesPaused: gauge('queues_paused', 'Number of workspaces whose queue is paused.'),
    notifyQueueUsage: gauge(
      'notify_queue_usage',
      'Share of the server’s queue of notifications that is in use, 0 to 1.',
    ),
    workers: gauge('workers', 'Workers by state: ALIVE, DRAINING or GONE.', ['state']),
    workerSlots: gauge('worker_slots', 'Item slots of the living workers: busy and free.', ['state']),
    claimSeconds: histogram('claim_seconds', 'Duration of a claim that took items.'),
    claimedItems: counter('claimed_items_total', 'Items that workers claimed.'),
    flushSeconds: histogram('flush_seconds', 'Duration of a flush of steps, retries included.'),
    flushSteps: histogram(
      'flush_steps',
      'Number of steps in one flush.',
      [],
      [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 2_048],
    ),
    flushRetries: counter('flush_retries_total', 'Flushes that were repeated after a transient error.'),
    itemsEnded: counter('items_ended_total', 'Items whose end was stored, by state.', ['state']),
    itemsReturned: counter('items_returned_total', 'Items that returned to the queue, by cause.', ['cause']),
    fencedSteps: counter(
      'fenced_steps_total',
      'Steps that were rejected because the worker no longer held the item.',
    ),
    itemsRescued: counter(
      'items_rescued_total',
      'Items that were taken from lost workers, by their new state: QUEUED or FAILED.',
      ['state'],
    ),
    workersLost: counter(
      'workers_lost_total',
      'Workers that this process declared lost, by the way of detection.',
      ['detected_by'],
    ),
    listenerConnected: gauge(
      'listener_connected',
      '1 while the LISTEN connection is established, otherwise 0.',
      ['process'],
    ),
    listenerReconnects: counter(
      'listener_reconnects_total',
      'Attempts to establish the LISTEN connection again.',
      ['process'],
    ),
    statementFailures: counter(
      'statement_failures_total',
      'Statements that failed, by name. `ring` is a lost notification, `connect` a missing connection.',
      ['statement'],
    ),
    poolConnections: gauge(
      'pool_connections',
      'Connections of the query pools by state: busy, idle, awaited.',
      ['pool', 'state'],
    ),
    operations: counter('operations_total', 'GraphQL operations by type and outcome.', ['type', 'outcome']),
    operationSeconds: histogram('operation_seconds', 'Duration of queries and mutations.', ['type']),
    subscribers: gauge('subscribers', 'Open subscriptions of this process.'),
    subscriptions: gauge('subscriptions', 'Rows that the subscribers of this process follow, by topic.', [
      'topic',
    ]),
    subscriptionLagSeconds: histogram(
      'subscription_lag_seconds',
      'Time from an event, by the clock of the database, to its delivery to subscribers, by the clock of this process.',
    ),
    webhookMessages: counter(
      'webhook_messages_total',
      'Webhook messages that were sent, by outcome: DELIVERED or FAILED.',
      ['outcome'],
    ),
    prunedRows: counter('pruned_rows_total', 'Rows that retention removed, by table.', ['table']),
  };
}
