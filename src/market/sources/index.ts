import { StartupError } from '../../startup.ts';
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
  /** The setting that enables the source, as the message of a missing setting names it. Absent: no setting is needed. */
  readonly setting?: string;
  /** Whether jobs that name no source may use it (DEFAULT_SOURCE). Absent: yes. IF_ENABLED: they use it when DEFAULT_SOURCE is not set. */
  readonly asDefault?: 'NEVER' | 'IF_ENABLED';
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
    setting: 'CSV_DIR',
    asDefault: 'IF_ENABLED',
    create: ({ csvDir }) => (csvDir === null ? null : createCsvSource(csvDir)),
  },
  YAHOO: {
    summary: 'Daily bars from Yahoo Finance, for personal use; adjusted for splits and dividends.',
    isDemo: false,
    setting: 'YAHOO=on',
    asDefault: 'IF_ENABLED',
    create: ({ yahoo, now }) => (yahoo === true ? createYahooSource({ now }) : null),
  },
  TIINGO: {
    summary:
      'End-of-day bars from Tiingo with an API key of the deployment; adjusted for splits and dividends.',
    isDemo: false,
    setting: 'TIINGO_KEY',
    create: ({ tiingoKey, now }) => (tiingoKey == null ? null : createTiingoSource({ key: tiingoKey, now })),
  },
  OWN: {
    summary:
      'Bars that the workspace imported (`PUT /import/candles/<ticker>`). Other workspaces cannot read them.',
    isDemo: false,
    asDefault: 'NEVER',
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

const entries: Readonly<Record<SourceId, SourceEntry>> = sources;

/**
 * The source of jobs that name none: `named` is the setting DEFAULT_SOURCE, null when it is not set. Then it is the first enabled source with
 * `asDefault: 'IF_ENABLED'`, otherwise SAMPLE. Throws StartupError when `named` is no source or is not enabled.
 */
export function chooseDefaultSource(named: string | null, enabled: Sources): SourceId {
  const usable = sourceIds.filter((id) => entries[id].asDefault !== 'NEVER');
  if (named === null)
    return usable.find((id) => entries[id].asDefault === 'IF_ENABLED' && enabled.has(id)) ?? 'SAMPLE';
  const id = usable.find((one) => one === named);
  if (id === undefined)
    throw new StartupError(
      `DEFAULT_SOURCE must be one of ${usable.join(', ')}. Correct or remove the setting.`,
    );
  if (enabled.has(id)) return id;
  throw new StartupError(`DEFAULT_SOURCE=${id} needs the setting ${entries[id].setting}.`);
}
