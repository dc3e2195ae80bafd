/** The key in the fragment of an address such as `#key=tt_live_…`; null: the fragment has none. */
export const keyOfLink = (fragment: string): string | null =>
  new URLSearchParams(fragment.replace(/^#/, '')).get('key');

/**
 * The key that a tab has after a link was opened in it. `held` is the key of the tab before, or null. `ask` is called only when the link has another
 * key than the tab: anybody can send such a link, and the user who opens it would work under the sender's key without noticing.
 */
export function chooseKey(shown: string | null, held: string | null, ask: () => boolean): string | null {
  if (shown === null) return held;
  return held === null || held === shown || ask() ? shown : held;
}
