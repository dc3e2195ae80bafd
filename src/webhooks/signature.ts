import { createHmac, randomBytes } from 'node:crypto';

const PREFIX = 'whsec_';

/** 32 random bytes in the form that libraries for Standard Webhooks take. */
export function newSecret(): string {
  return PREFIX + randomBytes(32).toString('base64');
}

/** One signature of Standard Webhooks 1.0.0: HMAC-SHA-256 over id, time (seconds) and body. */
export function sign(secret: string, id: string, timestamp: number, body: string): string {
  const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}
