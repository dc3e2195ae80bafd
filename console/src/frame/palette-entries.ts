import type { PaletteSearchQuery } from '../generated/graphql.ts';
import { text } from './frame.text.ts';
import { RAIL } from './routes.ts';

export interface Entry {
  readonly group: string;
  readonly name: string;
  readonly aside: string;
  readonly to: string;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const TICKER = /^[A-Z0-9.&^=-]{1,20}$/i;

/** What the palette offers for a text: pages and actions at once, and what the server found. Pure. */
export function entriesFor(search: string, found: PaletteSearchQuery | null): readonly Entry[] {
  const words = search.trim();
  const lower = words.toLowerCase();
  const entries: Entry[] = [];
  if (UUID.test(words))
    entries.push({ group: text.groups.jobs, name: text.openJob, aside: words, to: `/jobs/${words}` });
  const tickers = words === '' ? [] : (found?.instruments.edges ?? []);
  for (const { node } of tickers) {
    const to = `/r/${encodeURIComponent(node.ticker)}`;
    entries.push({
      group: text.groups.tickers,
      name: node.ticker,
      aside: `${node.name} · ${node.exchange}`,
      to,
    });
  }
  const ticker = words.toUpperCase();
  if (words !== '' && TICKER.test(words) && !tickers.some(({ node }) => node.ticker === ticker))
    entries.push({
      group: text.groups.tickers,
      name: text.openTicker(ticker),
      aside: '',
      to: `/r/${encodeURIComponent(ticker)}`,
    });
  if (words !== '' && TICKER.test(words))
    entries.push({
      group: text.groups.actions,
      name: text.analyse(ticker),
      aside: '',
      to: `/?tickers=${encodeURIComponent(ticker)}`,
    });
  for (const { id, name } of found?.watchlists ?? [])
    if (name.toLowerCase().includes(lower))
      entries.push({
        group: text.groups.lists,
        name,
        aside: '',
        to: `/watchlists/${encodeURIComponent(id)}`,
      });
  for (const [page, to, key] of RAIL)
    if (text.pages[page].toLowerCase().includes(lower))
      entries.push({ group: text.groups.pages, name: text.pages[page], aside: `g ${key}`, to });
  return entries;
}
