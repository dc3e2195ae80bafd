import { percent } from '../format/numbers.ts';
import type { ResultFieldsFragment } from '../generated/graphql.ts';
import { text } from './result.text.ts';

interface Outcomes {
  readonly cases: number;
  readonly targets: number;
  readonly stops: number;
  readonly timeouts: number;
  readonly meanResultPct?: number | null;
}

/** How earlier plans of this kind ended: in these bars, and over all tickers of the workspace. */
export function PlanRecord({ result }: { result: ResultFieldsFragment }) {
  const { planRecord, universeRecord, provenance } = result;
  if (planRecord == null || planRecord.cases === 0) return <p className="small dim">{text.plan.noRecord}</p>;
  return (
    <div className="stack-tight">
      <Record title={text.plan.record(planRecord.cases, provenance.bars)} of={planRecord} />
      {universeRecord != null && universeRecord.tickers > 1 && universeRecord.plans.cases > 0 && (
        <Record
          title={text.plan.universe(universeRecord.plans.cases, universeRecord.tickers)}
          of={universeRecord.plans}
        />
      )}
    </div>
  );
}

function Record({ title, of }: { title: string; of: Outcomes }) {
  const pct = (n: number) => Math.round((100 * n) / of.cases);
  const parts = [
    ['target', of.targets, 'var(--up)'],
    ['time', of.timeouts, 'var(--line-strong)'],
    ['stop', of.stops, 'var(--down)'],
  ] as const;
  return (
    <div className="stack-tight">
      <span className="small soft">{title}</span>
      <span className="split record-split" aria-hidden="true">
        {parts.map(([name, n, colour]) => (
          <span key={name} style={{ flexGrow: n, background: colour }} />
        ))}
      </span>
      <span className="small">
        {text.plan.shares(pct(of.targets), pct(of.stops), pct(of.timeouts))}
        {of.meanResultPct != null && (
          <span className="dim"> · {text.plan.mean(percent(of.meanResultPct))}</span>
        )}
      </span>
    </div>
  );
}
