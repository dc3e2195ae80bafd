import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Seconds, from a statement on a warm page to one that waits for its time limit. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export type Metrics = ReturnType<typeof createMetrics>;

/**
 * The instruments of one process. They are handed to what they measure; docs/metrics.md lists them, and a test compares both. Gauges
 * are set by the observers when somebody asks.
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
      'Age of the oldest item that has not ended, by state: waiting though it could run, or running.',
      ['state'],
    ),
    queuesPaused: gauge('queues_paused', 'Workspaces whose queue is paused.'),
    notifyQueueUsage: gauge(
      'notify_queue_usage',
      'Share of the server’s queue of notifications that is in use, 0 to 1.',
    ),
    workers: gauge('workers', 'Workers by state: ALIVE, DRAINING, GONE.', ['state']),
    workerSlots: gauge('worker_slots', 'Items that the living workers hold and could hold.', ['state']),
    claimSeconds: histogram('claim_seconds', 'Duration of a claim that took items.'),
    claimedItems: counter('claimed_items_total', 'Items claimed.'),
    flushSeconds: histogram('flush_seconds', 'Duration of a flush of steps, retries included.'),
    flushSteps: histogram(
      'flush_steps',
      'Steps of one flush.',
      [],
      [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 2_048],
    ),
    flushRetries: counter('flush_retries_total', 'Flushes that were tried again after a transient fault.'),
    itemsEnded: counter('items_ended_total', 'Items whose end was stored, by state.', ['state']),
    itemsReturned: counter('items_returned_total', 'Items that went back to the queue, by cause.', ['cause']),
    fencedSteps: counter('fenced_steps_total', 'Steps refused because their item was no longer held.'),
    itemsRescued: counter(
      'items_rescued_total',
      'Items taken from workers that were lost, by what became of them: QUEUED or FAILED.',
      ['state'],
    ),
    workersLost: counter('workers_lost_total', 'Workers declared lost here, by what told.', ['detected_by']),
    listenerConnected: gauge('listener_connected', '1 while the LISTEN connection stands.', ['process']),
    listenerReconnects: counter('listener_reconnects_total', 'Tries to get the LISTEN connection back.', [
      'process',
    ]),
    statementFailures: counter(
      'statement_failures_total',
      'Statements that failed, by name; `ring` is a lost wake-up, `connect` no connection.',
      ['statement'],
    ),
    poolConnections: gauge('pool_connections', 'Connections of the query pools: busy, idle, awaited.', [
      'pool',
      'state',
    ]),
    operations: counter('operations_total', 'GraphQL operations by type and outcome.', ['type', 'outcome']),
    operationSeconds: histogram('operation_seconds', 'Duration of queries and mutations.', ['type']),
    subscribers: gauge('subscribers', 'Subscriptions that are open in this process.'),
    subscriptions: gauge('subscriptions', 'Rows that subscribers of this process follow, by topic.', [
      'topic',
    ]),
    subscriptionLagSeconds: histogram(
      'subscription_lag_seconds',
      'From an event’s time on the database’s clock to its being handed to live subscribers, by this process’ clock.',
    ),
    webhookMessages: counter('webhook_messages_total', 'Messages of webhooks that were sent, by outcome.', [
      'outcome',
    ]),
    prunedRows: counter('pruned_rows_total', 'Rows that retention removed, by table.', ['table']),
  };
}
