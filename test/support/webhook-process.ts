import { openDatabase } from '../../src/db/client.ts';
import { ROLES } from '../../src/db/roles.ts';
import { createWebhookLogs } from '../../src/main/webhook-logs.ts';
import { deliverWebhooks } from '../../src/webhooks/deliver-webhooks.ts';
import { createSender } from '../../src/webhooks/send-message.ts';
import { silent } from './silent.ts';

/** The deliverer of a worker as a process of its own, with a short lease. Says `delivering`. */
const { db } = openDatabase({
  url: process.env.DATABASE_URL ?? '',
  max: 4,
  applicationName: 'thetool worker',
  role: ROLES.worker,
  log: silent,
});
deliverWebhooks({
  db,
  log: silent,
  logs: createWebhookLogs(db),
  send: createSender({
    policy: { ports: [443], loopback: true },
    now: () => new Date(),
    deadlineMs: 1_000,
  }),
  leaseMs: 2_000,
  pollMs: 100,
  disableAfterDays: 5,
});
console.log('delivering');
setInterval(() => undefined, 60_000);
