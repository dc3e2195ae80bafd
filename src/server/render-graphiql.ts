import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { scriptHashOf } from './page-policy.ts';

export interface Example {
  readonly title: string;
  readonly query: string;
  readonly variables?: string;
}

/** GraphiQL as it is sent: the same bytes to every client. */
export interface GraphiqlPage {
  readonly plain: Body;
  readonly gzipped: Body;
  /** For the content security policy. */
  readonly scriptHash: string;
}

interface Body {
  readonly bytes: Buffer;
  /** A strong validator (RFC 9110, 8.8.3): each encoding has its own. */
  readonly etag: string;
}

/**
 * GraphiQL computes an offset for each tab but applies it only to the tab that has the focus. The focus comes with the mouse button going
 * down: the tab jumped away from the pointer, and the first click on it did nothing.
 */
const STILL_TABS = '<style>.graphiql-tab { transform: none !important; }</style>';

/**
 * A key comes in the fragment of the page's address (`#key=…`), which browsers send to nobody. The page takes it out of the address and keeps it for
 * its tab. It asks before the key of a link replaces another one. With a key, subscriptions go over a websocket.
 */
const KEY_OPTIONS = `(() => {
  addEventListener('hashchange', () => location.reload());
  const [, shown] = /^#key=(tt_live_\\w+)$/.exec(location.hash) ?? [];
  const held = sessionStorage.getItem('thetool-key');
  if (shown !== undefined) {
    history.replaceState(history.state, '', location.pathname + location.search);
    if (held === null || held === shown || confirm('Sign in with the key of this link?'))
      sessionStorage.setItem('thetool-key', shown);
  }
  const key = sessionStorage.getItem('thetool-key');
  if (key === null) return {};
  const credential = { authorization: 'Bearer ' + key };
  return { subscriptionsProtocol: 'WS', additionalHeaders: credential, connectionParams: credential };
})()`;

/** Renders and compresses the page, which takes about a second and must be done once: it is 9 MB of inlined script, 2.5 MB of them compressed. */
export async function renderGraphiql(examples: readonly Example[]): Promise<GraphiqlPage> {
  // Loaded when a browser asks, for the same reason.
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  const options = {
    title: 'TheTool',
    // Over SSE the headers of the editor travel with a subscription; over a websocket only what the page is given.
    subscriptionsProtocol: 'SSE' as const,
    defaultTabs: examples.map(({ query, variables = '{}' }) => ({ query, variables })),
  };
  const json = JSON.stringify(options);
  const page = replaceOne(
    renderGraphiQL(options),
    ['</head>', `${STILL_TABS}</head>`],
    [json, `Object.assign(${json}, ${KEY_OPTIONS})`],
  );
  const bytes = Buffer.from(page);
  const hash = createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
  return {
    plain: { bytes, etag: `"${hash}"` },
    gzipped: { bytes: await promisify(gzip)(bytes, { level: 9 }), etag: `"${hash}-gzip"` },
    scriptHash: scriptHashOf(page),
  };
}

/** The text with each of the parts replaced where it occurs first. Throws when a part is missing: the library has changed its page. */
function replaceOne(text: string, ...edits: readonly (readonly [part: string, by: string])[]): string {
  return edits.reduce((edited, [part, by]) => {
    if (!edited.includes(part)) throw new Error(`GraphiQL is expected to contain ${part.slice(0, 100)}`);
    return edited.replace(part, () => by);
  }, text);
}
