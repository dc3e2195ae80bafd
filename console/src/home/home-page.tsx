import { useCallback, useState } from 'react';
import { useRequest } from '../data/use-request.ts';
import { HomeJobsDocument, HomeResultsDocument } from '../generated/graphql.ts';
import { FirstVisit } from './first-visit.tsx';
import './home.css';
import { text } from './home.text.ts';
import { LiveJobs } from './live-jobs.tsx';
import { NewestResults } from './newest-results.tsx';
import { QueueHealth } from './queue-health.tsx';
import { SubmitBox } from './submit-box.tsx';
import { WatchlistCards } from './watchlist-cards.tsx';

/** Submit, and see what runs, what waits and what changed. */
export function HomePage() {
  const jobs = useRequest(HomeJobsDocument, {}, { everyMs: 3_000, onResults: true });
  const results = useRequest(HomeResultsDocument, {}, { onResults: true });
  const [sampleRuns, setSampleRuns] = useState(false);
  const onSampleStart = useCallback(() => setSampleRuns(true), []);
  const isFirst = results.data !== null && results.data.analyses.edges.length === 0;
  return (
    <div className="page">
      <h1 className="hidden-text">{text.title}</h1>
      <SubmitBox onSubmitted={jobs.reload} />
      {(isFirst || sampleRuns) && <FirstVisit onStart={onSampleStart} />}
      <div className="columns">
        <div className="column">
          <LiveJobs jobs={jobs} />
          <NewestResults results={results} />
        </div>
        <div className="column">
          <QueueHealth />
          <WatchlistCards />
        </div>
      </div>
    </div>
  );
}
