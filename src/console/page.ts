/** Paths that the console shows; the server sends its page for each of them, and the page reads the rest of the address itself. */
const PAGES = /^\/(?:(?:r|ranking|watchlists|backtests|jobs|settings)(?:\/[^/]*)*)?$/;

/** Whether the console has a page at this path, which has no query. */
export function isConsolePath(path: string): boolean {
  return PAGES.test(path);
}

/**
 * The console's content security policy: scripts and styles are files of this server, pictures may be made by the page (charts are copied as
 * pictures), and requests go to this server alone.
 */
export function consolePolicyOf(host = ''): string {
  // Named for browsers that do not take 'self' for websockets.
  const sockets = /^[\w.:[\]-]+$/.test(host) ? ` ws://${host} wss://${host}` : '';
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    `connect-src 'self'${sockets}`,
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
