// Parsed by any Node, so that an old one gets a sentence instead of a syntax error.
const NEEDED = 24;

/** Runs `main` of a module; a fault that the user can correct is one message without a stack. */
export async function launch(module) {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < NEEDED) {
    console.error(
      `This is Node ${process.versions.node}; Node ${NEEDED} or newer is needed. "npm start" and "npm run …" bring it along after "npm ci".`,
    );
    process.exit(1);
  }
  try {
    const { main } = await import(module);
    await main();
  } catch (error) {
    console.error(error?.name === 'StartupError' ? error.message : error);
    process.exit(1);
  }
}
