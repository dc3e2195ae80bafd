interface Page {
  readonly document?: { readonly hidden?: boolean };
  requestAnimationFrame?(callback: () => void): unknown;
}

/** Calls back before the next frame is painted. Where nothing is painted, in a hidden page or in Node, after 16 ms. */
export function onNextFrame(callback: () => void): void {
  const page = globalThis as Page;
  if (page.requestAnimationFrame !== undefined && page.document?.hidden !== true)
    page.requestAnimationFrame(callback);
  else setTimeout(callback, 16);
}
