import { fixed } from '../format/numbers.ts';
import { day } from '../format/time.ts';
import { clauseWords, sentenceCase, verdictWord } from '../format/words.ts';
import type { ResultFieldsFragment } from '../generated/graphql.ts';
import { Notice, Panel } from '../parts/panel.tsx';
import { text } from './result.text.ts';

/** What speaks against the verdict: filters clause by clause, contradictions, and warnings about the bars. */
export function WhyNot({ result }: { result: ResultFieldsFragment }) {
  const { filters, scoreVerdict, verdict, warnings, ledger, provenance } = result;
  const contradictions = ledger?.contradictions ?? [];
  return (
    <Panel title={text.whyNot.title} flush>
      <div className="stack-tight panel-body">
        {scoreVerdict !== verdict && (
          <Notice tone="warn">{text.whyNot.vetoed(verdictWord(scoreVerdict).toLowerCase())}</Notice>
        )}
        {filters.length === 0 && contradictions.length === 0 && <p className="dim">{text.whyNot.none}</p>}
        {filters.length > 0 && <Clauses filters={filters} />}
        {contradictions.length > 0 && (
          <>
            <h3>{text.whyNot.against}</h3>
            <ul className="stack-tight small soft">
              {contradictions.map((one) => (
                <li key={one}>{one}</li>
              ))}
            </ul>
          </>
        )}
        {warnings.length > 0 && (
          <>
            <h3>{text.warnings.title}</h3>
            <ul className="stack-tight small">
              {warnings.map(({ code, message }) => (
                <li key={code} title={code} className="soft">
                  {message}
                </li>
              ))}
            </ul>
          </>
        )}
        <p className="small dim">
          {text.provenance(
            provenance.bars,
            day(provenance.firstBar),
            day(provenance.lastBar),
            sentenceCase(provenance.source),
            provenance.adjustment.toLowerCase().replaceAll('_', ' '),
          )}
        </p>
      </div>
    </Panel>
  );
}

const MARKS = {
  PASSED: [text.whyNot.passed, 'up', 'passed'],
  FAILED: [text.whyNot.failed, 'down', 'failed'],
  NOT_EVALUATED: [text.whyNot.unknown, 'dim', 'not evaluated'],
} as const;

function Clauses({ filters }: { filters: ResultFieldsFragment['filters'] }) {
  return (
    <ul className="clauses small">
      {filters.map(({ filter, clause, outcome, value, limit, upTo, required }) => {
        const [mark, tone, word] = MARKS[outcome];
        return (
          <li key={`${filter} ${clause}`} title={sentenceCase(filter)}>
            <span className={tone} role="img" aria-label={word}>
              {mark}
            </span>
            <span className="grow">
              {clauseWords(clause)} {!required && <span className="dim">({text.whyNot.optional})</span>}
            </span>
            <span className="num soft">
              {fixed(value)}{' '}
              <span className="dim">
                / {fixed(limit)}
                {upTo != null && `–${fixed(upTo)}`}
              </span>
            </span>
          </li>
        );
      })}
    </ul>
  );
}
