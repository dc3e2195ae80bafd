import { randomBytes } from 'node:crypto';

/**
 * GraphiQL's page with its content security policy: its one script by a nonce, workers (blobs that it makes), styles, fonts and pictures within the
 * page, and requests to this server alone.
 */
export function withPolicy(page: string, host = ''): { readonly page: string; readonly policy: string } {
  const nonce = randomBytes(16).toString('base64');
  // Named for browsers that do not take 'self' for websockets.
  const sockets = /^[\w.:[\]-]+$/.test(host) ? ` ws://${host} wss://${host}` : '';
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    'worker-src blob:',
    "style-src 'unsafe-inline'",
    'img-src data:',
    'font-src data:',
    `connect-src 'self'${sockets}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  // The first one is the page's own; later ones are text within its script.
  return { page: page.replace('<script>', `<script nonce="${nonce}">`), policy };
}
