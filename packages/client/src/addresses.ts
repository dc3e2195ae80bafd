import { startDeadline } from './deadline.ts';

export type Awaitable<T> = T | Promise<T>;
export type Url = string | readonly string[] | (() => Awaitable<string>);

/** The address that a client uses now, shared by its requests and sockets. */
export interface Addresses {
  /** How many there are to try; 1 for a function, which chooses by itself. */
  readonly count: number;
  /** The address in use, or the next one. Several callers at once share one call of the function. Rejects when the function does. */
  choose(): Promise<string>;
  /** The address failed: unless another one is in use by now, `choose` goes on to the next. */
  giveUp(address: string | null): void;
}

/** Addresses in turn, beginning anywhere: clients spread over the nodes, and one that lost a node tries the next. Throws TypeError. */
export function createAddresses(url: Url, limitMs: number): Addresses {
  const [next, count] = chooser(url, limitMs);
  let current: string | null = null;
  let choosing: Promise<string> | null = null;
  return {
    count,
    async choose() {
      if (current !== null) return current;
      choosing ??= next().finally(() => {
        choosing = null;
      });
      current = await choosing;
      return current;
    },
    giveUp(address) {
      if (address === current) current = null;
    },
  };
}

function chooser(url: Url, limitMs: number): [next: () => Promise<string>, count: number] {
  if (typeof url === 'function') return [async () => absolute(await call(url, limitMs)), 1];
  const urls = (typeof url === 'string' ? [url] : url).map((one) => (isOfPage(one) ? one : absolute(one)));
  if (urls.length === 0) throw new TypeError('Give at least one address.');
  let turn = Math.floor(Math.random() * urls.length);
  const next = async () => {
    const chosen = urls[turn % urls.length];
    turn += 1;
    if (chosen === undefined) throw new Error('Give at least one address.');
    return absolute(chosen);
  };
  return [next, urls.length];
}

/** Callers share one call, so a call that never returned would keep all of them. */
async function call(url: () => Awaitable<string>, limitMs: number): Promise<string> {
  const error = new Error(`The function for the address did not return within ${limitMs} ms.`);
  const deadline = startDeadline(limitMs, error);
  return deadline.within((async () => url())()).finally(deadline.clear);
}

/** Address of the page or worker; undefined in Node. */
const page = () => (globalThis as { readonly location?: { readonly href: string } }).location?.href;

/** `/graphql` is a part of the page's address. A server that renders the page has none, and needs none until it sends something. */
const isOfPage = (url: string) => url.startsWith('/') && page() === undefined;

/** In a page, `/graphql` is enough. Throws TypeError for what is no address. */
function absolute(url: string): string {
  const base = page();
  const address = URL.canParse(url, base) ? new URL(url, base) : null;
  if (address === null || !/^(http|ws)s?:$/.test(address.protocol))
    throw new TypeError(`The address ${url} does not begin with http: or https:.`);
  return address.href;
}
