import type { Source } from '../source.ts';
import { createCsvSource } from './csv.ts';
import { createDemoSource } from './demo.ts';
import { createOwnSource, type FindOwnBars } from './own.ts';
import { createSampleSource } from './sample.ts';
import { createTiingoSource } from './tiingo.ts';
import { createYahooSource } from './yahoo.ts';

export interface SourceSettings {
  /** Null: there is no CSV source. */
  readonly csvDir: string | null;
  readonly yahoo?: boolean;
  /** Null or absent: there is no Tiingo source. */
  readonly tiingoKey?: string | null;
  /** Absent: there are no own bars. */
  readonly findOwnBars?: FindOwnBars;
  readonly now: () => Date;
}

interface SourceEntry {
  readonly summary: string;
  readonly isDemo: boolean;
  /** Null when the settings do not enable it. */
  create(settings: SourceSettings): Source | null;
}

export const sources = {
  SAMPLE: {
    summary: 'Real daily bars of AAPL, 2013 to 2018. Requires no network access.',
    isDemo: false,
    create: () => createSampleSource(),
  },
  CSV: {
    summary: 'Bars from files named <TICKER>.csv in the folder CSV_DIR.',
    isDemo: false,
    create: ({ csvDir }) => (csvDir === null ? null : createCsvSource(csvDir)),
  },
  YAHOO: {
    summary: 'Daily bars from Yahoo Finance, for personal use; adjusted for splits and dividends.',
    isDemo: false,
    create: ({ yahoo, now }) => (yahoo === true ? createYahooSource({ now }) : null),
  },
  TIINGO: {
    summary:
      'End-of-day bars from Tiingo with an API key of the deployment; adjusted for splits and dividends.',
    isDemo: false,
    create: ({ tiingoKey, now }) => (tiingoKey == null ? null : createTiingoSource({ key: tiingoKey, now })),
  },
  OWN: {
    summary:
      'Bars that the workspace imported (`PUT /import/candles/<ticker>`). Other workspaces cannot read them.',
    isDemo: false,
    create: ({ findOwnBars }) => (findOwnBars === undefined ? null : createOwnSource(findOwnBars)),
  },
  DEMO: {
    summary: 'Synthetic, deterministic bars for any ticker. Every result has `isDemo` set.',
    isDemo: true,
    create: ({ now }) => createDemoSource(now),
  },
} as const satisfies Record<string, SourceEntry>;

export type SourceId = keyof typeof sources;
export type Sources = ReadonlyMap<SourceId, Source>;

export const sourceIds = Object.keys(sources) as SourceId[];

/** The sources that these settings enable. */
export function createSources(settings: SourceSettings): Sources {
  const enabled = new Map<SourceId, Source>();
  for (const id of sourceIds) {
    const source = sources[id].create(settings);
    if (source !== null) enabled.set(id, source);
  }
  return enabled;
}
