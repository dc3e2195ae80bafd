/** A process cannot start; the message says in one sentence what is wrong and what to do. Shown without a stack. */
export class StartupError extends Error {
  override readonly name = 'StartupError';
}
