// Plain JavaScript that every Node since 14.18 can parse, so that an old one gets a sentence instead of a syntax error.
import { existsSync } from 'node:fs';

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

/** Runs `main` of a module; a fault that the user can correct is one message without a stack. */
export async function launch(module) {
  try {
    const refusal = explainVersion();
    if (refusal !== null) {
      console.error(refusal);
      process.exit(1);
    }
    stopWithNpm();
    const { main } = await import(module);
    await main();
  } catch (error) {
    console.error(explainError(error));
    process.exit(1);
  }
}
