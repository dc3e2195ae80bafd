// Plain JavaScript that every Node since 14.18 can parse, so that an old one gets a sentence instead of a syntax error.
import { existsSync } from 'node:fs';
import { getHeapStatistics } from 'node:v8';

const NEEDED = 24;

function explainVersion() {
  const version = process.versions.node;
  if (Number(version.split('.')[0]) >= NEEDED) return null;
  return (
    `This is Node ${version}, but Node ${NEEDED} or newer is needed: run "npm ci" and start with "npm start" or ` +
    `"npm run <name>", which use the Node that it installs, or install Node ${NEEDED} from https://nodejs.org.`
  );
}

/** As `escapeControls`; lines stay apart. A message may repeat what a file or the database holds. */
function withoutControls(text) {
  return text.replace(/(?!\n)[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) => {
    const units = Array.from({ length: character.length }, (_, i) => character.charCodeAt(i));
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
  });
}

function explainError(error) {
  if (error instanceof Error && error.name === 'StartupError') return withoutControls(error.message);
  const installed = existsSync(new URL('../../node_modules/pg', import.meta.url));
  if (!installed) return 'The dependencies are not installed: run "npm ci" first.';
  return error;
}

// Libraries check more and say more unless they are told: graphql-js compares every type it meets, for half of what it costs.
if (process.env.NODE_ENV === undefined) process.env.NODE_ENV = 'production';

/** How often a process that npm started looks whether its parent is still there. */
const PARENT_CHECK_MS = 500;

/**
 * npm passes SIGINT and SIGTERM on to this process (the scripts use `exec`, so that no shell is in between). A killed npm
 * cannot: this process would keep the port with nobody left to stop it, so it stops when its parent has changed.
 */
function stopWithNpm() {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, PARENT_CHECK_MS);
  timer.unref();
}

const GIGABYTE = 1024 * 1024 * 1024;

/**
 * How V8 bounds the memory of a server. By default, a machine with much memory lets the young generation grow to 128 MB for good, and the heap to four
 * times what is in use before garbage is collected. With 16 MB for each half of the young generation and less than 2 GB for the heap, it collects
 * at about twice of what is in use. Where the machine allows only a smaller heap, that limit stays.
 */
function serverFlags() {
  const isLarge = getHeapStatistics().heap_size_limit >= 2 * GIGABYTE;
  return ['--max-semi-space-size=16'].concat(isLarge ? ['--max-old-space-size=1536'] : []);
}

/**
 * Replaces this process by one with the flags that it was not given yet, by its command line or NODE_OPTIONS. V8 reads them when a process begins. Process
 * id, parent, output and environment stay the same. Where a process cannot be replaced (Windows, an open channel to a parent), it goes on without.
 */
function restartWithFlags(flags) {
  const given = process.execArgv.concat((process.env.NODE_OPTIONS || '').split(/\s+/));
  const nameOf = (flag) => flag.split('=')[0].replace(/_/g, '-');
  const missing = flags.filter((flag) => !given.some((one) => nameOf(one) === nameOf(flag)));
  if (missing.length === 0 || process.send !== undefined || typeof process.execve !== 'function') return;
  try {
    const args = [process.execPath].concat(missing, process.execArgv, process.argv.slice(1));
    process.execve(process.execPath, args);
  } catch (_) {
    // The flags save memory; the server works without them.
  }
}

/**
 * Runs `main` of a module; a fault that the user can correct is one message without a stack. With `isServer` the process runs for long, with the flags of
 * servers.
 */
export async function launch(module, { isServer = false } = {}) {
  try {
    const refusal = explainVersion();
    if (refusal !== null) {
      console.error(refusal);
      process.exit(1);
    }
    if (isServer) restartWithFlags(serverFlags());
    stopWithNpm();
    const { main } = await import(module);
    await main();
  } catch (error) {
    console.error(explainError(error));
    process.exit(1);
  }
}
