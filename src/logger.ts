import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino';

export type Logger = PinoLogger;

/** Keys, tokens and the secrets of webhooks, by their form. */
const SECRETS = /\b(tt_live_|whsec_|eyJ)[\w+/=.-]{20,}/g;

/** For texts that repeat what somebody sent or what a statement held: a secret in them is cut to what shows its kind. */
export function hideSecrets(text: string): string {
  return text.replace(SECRETS, '$1…');
}

/** JSON lines on standard error, so that standard output stays free for what people read. `to` is for tests. */
export function createLogger(
  level: string,
  to: DestinationStream = pino.destination({ dest: 2, sync: true }),
): Logger {
  return pino(
    {
      level,
      base: { pid: process.pid },
      // A connection string carries a password; nothing that may hold one is ever logged whole.
      redact: { paths: ['url', 'databaseUrl', 'password', 'err.client', '*.password'], censor: '[redacted]' },
      // A fault of a statement tells its parameters and the row that it refused.
      hooks: { streamWrite: hideSecrets },
    },
    to,
  );
}
