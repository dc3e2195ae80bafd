import { lazy } from 'react';
import { HomePage } from '../home/home-page.tsx';

const ResultPage = lazy(() => import('../result/result-page.tsx').then((m) => ({ default: m.ResultPage })));

const RankingPage = lazy(() =>
  import('../ranking/ranking-page.tsx').then((m) => ({ default: m.RankingPage })),
);
const JobsPage = lazy(() => import('../jobs/jobs-page.tsx').then((m) => ({ default: m.JobsPage })));
const WatchlistsPage = lazy(() =>
  import('../watchlists/watchlists-page.tsx').then((m) => ({ default: m.WatchlistsPage })),
);
const BacktestsPage = lazy(() =>
  import('../backtests/backtests-page.tsx').then((m) => ({ default: m.BacktestsPage })),
);
const SettingsPage = lazy(() =>
  import('../settings/settings-page.tsx').then((m) => ({ default: m.SettingsPage })),
);

/** The component of each page; those that are not the first are loaded when they are opened. */
export const components = {
  home: HomePage,
  result: ResultPage,
  ranking: RankingPage,
  jobs: JobsPage,
  watchlists: WatchlistsPage,
  backtests: BacktestsPage,
  settings: SettingsPage,
} as const;
