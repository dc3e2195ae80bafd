import { watch } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadConfig } from '../config.ts';
import { createLogger } from '../logger.ts';
import { StartupError } from '../startup.ts';
import { provideDatabase } from './database.ts';
import { restartOnChange } from './restart-on-change.ts';
import { createShutdown } from './shutdown.ts';
import { stopOnFailure } from './stop-on-failure.ts';

/** Folders whose files a server reads at its start. */
const WATCHED = ['../../src', '../../drizzle'];
const INSPECTOR_PORT = '9229';

/**
 * The server of `npm start` for development. This process keeps the embedded database; API and worker run in a child process with an
 * inspector. A change of a source file starts the child again.
 */
export async function main(): Promise<void> {
  const inspectorPort = parseInspectorPort(process.argv.slice(2));
  const config = loadConfig();
  const log = createLogger(config.logLevel);
  const shutdown = createShutdown({ log, drainMs: 0 });
  await stopOnFailure(shutdown, async () => {
    if (config.databaseUrl === null) await provideDatabase(config, log, shutdown);
    const server = restartOnChange([
      `--inspect=127.0.0.1:${inspectorPort}`,
      fileURLToPath(new URL('./dev-server.mjs', import.meta.url)),
    ]);
    shutdown.onStop('server', server.close);
    for (const folder of WATCHED) {
      const watcher = watch(fileURLToPath(new URL(folder, import.meta.url)), { recursive: true }, (_, name) =>
        server.onChange(name ?? folder),
      );
      shutdown.onStop(`watch of ${folder}`, async () => watcher.close());
    }
  });
}

function parseInspectorPort(args: string[]): number {
  const { values } = parseArgs({ args, options: { 'inspect-port': { type: 'string' } }, strict: false });
  const text = String(values['inspect-port'] ?? INSPECTOR_PORT);
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new StartupError(`--inspect-port takes a port, 0 for any free one, and not "${text}".`);
  return port;
}
