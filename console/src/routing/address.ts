import { useSyncExternalStore } from 'react';

/** Where the reader is. Everything that is selected, filtered, sorted or opened stands here, so that back works and a link shows the same page. */
export interface Address {
  readonly path: string;
  readonly query: URLSearchParams;
}

export type Changes = Readonly<Record<string, string | readonly string[] | null>>;

const listeners = new Set<() => void>();
let current = read();

function read(): Address {
  return { path: location.pathname, query: new URLSearchParams(location.search) };
}

function changed(): void {
  current = read();
  for (const listener of listeners) listener();
}

addEventListener('popstate', changed);

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useAddress(): Address {
  return useSyncExternalStore(subscribe, () => current);
}

/** Goes to an address of the console. `replace` leaves no step for the back button. */
export function navigate(to: string, { replace = false } = {}): void {
  if (to === location.pathname + location.search) return;
  history[replace ? 'replaceState' : 'pushState'](null, '', to);
  changed();
}

/** Changes values of the query and keeps the others; null or an empty list removes one. */
export function setQuery(changes: Changes, options?: { replace?: boolean }): void {
  navigate(withQuery(current, changes), options);
}

/** The address with other values in its query. Pure. */
export function withQuery({ path, query }: Address, changes: Changes): string {
  const next = new URLSearchParams(query);
  for (const [name, value] of Object.entries(changes)) {
    next.delete(name);
    for (const one of value === null ? [] : [value].flat()) next.append(name, one);
  }
  const text = next.toString().replaceAll('%2C', ',');
  return text === '' ? path : `${path}?${text}`;
}

/** The value when it is one of the allowed ones, otherwise null: addresses are typed by people. */
export function oneOf<Value extends string>(value: string | null, allowed: readonly Value[]): Value | null {
  return allowed.find((one) => one === value) ?? null;
}
