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

function explainError(error) {
  if (error instanceof Error && error.name === 'StartupError') return error.message;
  const installed = existsSync(new URL('../../node_modules/pg', import.meta.url));
  if (!installed) return 'The dependencies are not installed: run "npm ci" first.';
  return error;
}

// Libraries check more and say more unless they are told: graphql-js compares every type it meets, for half of what it costs.
if (process.env.NODE_ENV === undefined) process.env.NODE_ENV = 'production';

/** Runs `main` of a module; a fault that the user can correct is one message without a stack. */
export async function launch(module) {
  try {
    const refusal = explainVersion();
    if (refusal !== null) {
      console.error(refusal);
      process.exit(1);
    }
    const { main } = await import(module);
    await main();
  } catch (error) {
    console.error(explainError(error));
    process.exit(1);
  }
}
