import { useEffect, useSyncExternalStore } from 'react';

/** A document that the page uses at the moment, for the drawer. */
export interface Shown {
  readonly text: string;
  readonly variables: unknown;
}

let current: readonly Shown[] = [];
const listeners = new Set<() => void>();

function replace(next: readonly Shown[]): void {
  current = next;
  for (const listener of listeners) listener();
}

/** Lists a document in the drawer while the component is shown. */
export function useShown(text: string, variables: string, skip = false): void {
  useEffect(() => {
    if (skip) return;
    const own: Shown = { text: text.trim(), variables: JSON.parse(variables) as unknown };
    replace([...current, own]);
    return () => replace(current.filter((one) => one !== own));
  }, [text, variables, skip]);
}

export function useAllShown(): readonly Shown[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current,
  );
}
