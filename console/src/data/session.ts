import { chooseKey, keyOfLink } from './link-key.ts';

const NAME = 'thetool-key';

/** The key of this tab; null: nobody is signed in. It is in the storage of the tab, where GraphiQL finds it, too. */
export const heldKey = (): string | null => sessionStorage.getItem(NAME);

/**
 * Takes the key that a link of the server carries in its fragment, which browsers send to nobody. The key is always removed from the address. When the
 * tab has another key, the user is asked first. Returns whether the key of the tab has changed.
 */
export function takeLink(question: string): boolean {
  const shown = keyOfLink(location.hash);
  if (shown === null) return false;
  history.replaceState(history.state, '', location.pathname + location.search);
  const held = heldKey();
  const key = chooseKey(shown, held, () => confirm(question));
  if (key === null || key === held) return false;
  keepKey(key);
  return true;
}

export function keepKey(key: string): void {
  sessionStorage.setItem(NAME, key);
}

export function forgetKey(): void {
  sessionStorage.removeItem(NAME);
}
