import { type Logger as PinoLogger, pino } from 'pino';

export type Logger = PinoLogger;

/** JSON lines on standard error, so that standard output stays free for what people read. */
export function createLogger(level: string): Logger {
  return pino(
    {
      level,
      base: { pid: process.pid },
      // A connection string carries a password; nothing that may hold one is ever logged whole.
      redact: { paths: ['url', 'databaseUrl', 'password', 'err.client', '*.password'], censor: '[redacted]' },
    },
    pino.destination({ dest: 2, sync: true }),
  );
}
