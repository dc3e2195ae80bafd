const NAME = 'thetool-key';

/**
 * The key of this tab. A link of the server carries it in the fragment, which browsers send to nobody; it is removed from the address and kept in
 * the storage of the tab, where GraphiQL finds it, too.
 */
export function takeKey(): string | null {
  const shown = new URLSearchParams(location.hash.slice(1)).get('key');
  if (shown !== null) {
    keepKey(shown);
    history.replaceState(history.state, '', location.pathname + location.search);
  }
  return shown ?? sessionStorage.getItem(NAME);
}

export function keepKey(key: string): void {
  sessionStorage.setItem(NAME, key);
}

export function forgetKey(): void {
  sessionStorage.removeItem(NAME);
}
