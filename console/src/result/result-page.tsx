import { useRequest } from '../data/use-request.ts';
import { ResultDocument, ResultRunDocument } from '../generated/graphql.ts';
import { FailureNotice, Notice, Skeleton } from '../parts/panel.tsx';
import { STRATEGIES } from '../parts/strategies.ts';
import { oneOf, setQuery, useAddress } from '../routing/address.ts';
import { Analyse } from './analyse.tsx';
import { ChartPanel } from './chart-panel.tsx';
import { History } from './history.tsx';
import { Plan } from './plan.tsx';
import './result.css';
import { text } from './result.text.ts';
import { ResultHeader } from './result-header.tsx';
import { Strategies } from './strategies.tsx';
import { Why } from './why.tsx';
import { WhyNot } from './why-not.tsx';

/** One result of a ticker, `/r/<ticker>?strategy=…&run=…`: the newest one unless the address names a run. */
export function ResultPage({ rest: ticker }: { rest: string }) {
  const { query } = useAddress();
  const strategy = oneOf(query.get('strategy'), STRATEGIES) ?? 'BALANCED';
  const runId = query.get('run');
  const latest = useRequest(ResultDocument, { ticker, tickers: [ticker], strategy }, { onResults: true });
  const run = useRequest(ResultRunDocument, { id: runId ?? '' }, { skip: runId === null });
  const newest = latest.data?.latestAnalyses[0] ?? null;
  const result = runId === null ? newest : (run.data?.analysis ?? null);
  const isRead = runId === null ? latest.data !== null : run.data !== null;

  return (
    <div className="page">
      <ResultHeader
        ticker={ticker}
        strategy={strategy}
        instrument={latest.data?.instrument ?? null}
        result={result}
        onEnd={latest.reload}
      />
      <FailureNotice failure={latest.failure ?? run.failure} retry={latest.reload} />
      {runId !== null && result !== null && newest !== null && newest.id !== runId && (
        <Notice tone="accent">
          {text.earlier}
          <button type="button" className="button" data-size="small" onClick={() => setQuery({ run: null })}>
            {text.newest}
          </button>
        </Notice>
      )}
      {!isRead && latest.failure === null && <Skeleton rows={4} />}
      {isRead && result === null && (
        <Notice>
          <span className="grow">{runId === null ? text.none(ticker) : text.unknownRun}</span>
          {runId === null && (
            <Analyse ticker={ticker} strategies={[strategy]} source={null} onEnd={latest.reload} />
          )}
        </Notice>
      )}
      {result !== null && (
        <div className="columns">
          <div className="column">
            <ChartPanel result={result} />
            <Why result={result} />
            <History ticker={ticker} strategy={strategy} shownId={result.id} />
          </div>
          <div className="column">
            <Plan result={result} />
            <WhyNot result={result} />
            <Strategies ticker={ticker} strategy={strategy} />
          </div>
        </div>
      )}
    </div>
  );
}
