/** A wait that began when it was made. */
export interface Wait {
  readonly over: Promise<void>;
  cancel(): void;
}

/**
 * Made before a credential is looked at and waited for before it is refused: the timer says when the refusal comes, not what was found in
 * between. It holds as long as looking takes less.
 */
export function startWait(ms: number): Wait {
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  return { over, cancel: () => clearTimeout(timer) };
}
