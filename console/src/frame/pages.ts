import { lazy } from 'react';
import { HomePage } from '../home/home-page.tsx';

const ResultPage = lazy(() => import('../result/result-page.tsx').then((m) => ({ default: m.ResultPage })));

/** The component of each page; those that are not the first are loaded when they are opened. */
export const components = { home: HomePage, result: ResultPage } as const;
