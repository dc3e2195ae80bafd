/** The part of a page or worker that is used here; Node has none of it. */
interface Emitter {
  addEventListener?(type: string, listener: () => void): void;
  removeEventListener?(type: string, listener: () => void): void;
  readonly visibilityState?: string;
}

/** What a page does with its connections. */
export interface PageEvents {
  /** The network is back, or the page is shown or runs again: timers may have been late, and sockets may be dead. */
  readonly onWake: () => void;
  /** The browser stops the page: an open socket would be cut, and would keep the page from being kept. */
  readonly onFreeze: () => void;
}

/** Calls back until the returned function is called. Does nothing where there are no such events. */
export function watchPage({ onWake, onFreeze }: PageEvents): () => void {
  const scope = globalThis as Emitter & { readonly document?: Emitter };
  const { document } = scope;
  const onVisibility = () => {
    if (document?.visibilityState === 'visible') onWake();
  };
  const listeners: [Emitter | undefined, string, () => void][] = [
    [scope, 'online', onWake],
    [document, 'visibilitychange', onVisibility],
    [document, 'freeze', onFreeze],
    [document, 'resume', onWake],
  ];
  for (const [target, type, listener] of listeners) target?.addEventListener?.(type, listener);
  return () => {
    for (const [target, type, listener] of listeners) target?.removeEventListener?.(type, listener);
  };
}
