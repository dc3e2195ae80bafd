import { createHash } from 'node:crypto';

/**
 * The hash of the page's own script, by which its policy allows it (CSP Level 3, "hash-source"). The page is the same for everybody, so there is
 * no nonce. Throws when the page has not exactly one script.
 */
export function scriptHashOf(page: string): string {
  const [, ...scripts] = page.split('<script>');
  // What follows the first one is text within it: the script ends at the first end tag.
  const [text, ...rest] = scripts.join('<script>').split('</script>');
  if (text === undefined || rest.length !== 1) throw new Error('GraphiQL is expected to have one script');
  return createHash('sha256').update(text).digest('base64');
}

/**
 * GraphiQL's content security policy: its one script, workers (blobs that it makes), styles, fonts and pictures within the page, and requests to
 * this server alone.
 */
export function policyOf(scriptHash: string, host = ''): string {
  // Named for browsers that do not take 'self' for websockets.
  const sockets = /^[\w.:[\]-]+$/.test(host) ? ` ws://${host} wss://${host}` : '';
  return [
    "default-src 'none'",
    `script-src 'sha256-${scriptHash}'`,
    'worker-src blob:',
    "style-src 'unsafe-inline'",
    'img-src data:',
    'font-src data:',
    `connect-src 'self'${sockets}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
