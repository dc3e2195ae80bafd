import { price, signed } from '../format/numbers.ts';
import { day } from '../format/time.ts';
import { sentenceCase } from '../format/words.ts';
import type { ResultFieldsFragment, ResultQuery, StrategyId } from '../generated/graphql.ts';
import { Chip, VerdictChip } from '../parts/chips.tsx';
import { Change } from '../parts/figures.tsx';
import { Notice } from '../parts/panel.tsx';
import { ScoreTrack } from '../parts/score-track.tsx';
import { Select } from '../parts/select.tsx';
import { STRATEGIES } from '../parts/strategies.ts';
import { TimeAgo } from '../parts/time-ago.tsx';
import { setQuery } from '../routing/address.ts';
import { Analyse } from './analyse.tsx';
import { text } from './result.text.ts';

interface Props {
  readonly ticker: string;
  readonly strategy: StrategyId;
  readonly instrument: ResultQuery['instrument'] | null;
  readonly result: ResultFieldsFragment | null;
  readonly onEnd: () => void;
}

/** Ticker, price, verdict and score, and what limits them, before anything else. */
export function ResultHeader({ ticker, strategy, instrument, result, onEnd }: Props) {
  return (
    <header className="stack-tight">
      <div className="row spread wrap">
        <div className="result-name">
          <h1>{ticker}</h1>
          {instrument != null && (
            <span className="soft">
              {instrument.name} <span className="dim">· {instrument.exchange}</span>
            </span>
          )}
        </div>
        <div className="row wrap">
          <Select
            quiet
            label={text.strategy}
            value={strategy}
            onChange={(value) => setQuery({ strategy: value, run: null })}
            options={STRATEGIES.map((id) => [id, sentenceCase(id)] as const)}
          />
          {result !== null && (
            <Analyse
              ticker={ticker}
              strategies={STRATEGIES}
              source={result.source}
              name={text.again}
              onEnd={onEnd}
            />
          )}
        </div>
      </div>
      {result !== null && <Figures result={result} tick={instrument?.tick ?? null} />}
      {result !== null && result.plan == null && result.verdict !== 'HOLD' && (
        <Notice tone="warn">
          {text.gated}
          {result.warnings.map(({ message }) => message).join(' ')}
        </Notice>
      )}
    </header>
  );
}

function Figures({ result, tick }: { result: ResultFieldsFragment; tick: string | null }) {
  const { bar, verdict, score, scoreChange, currency } = result;
  return (
    <div className="result-figures">
      <span className="row">
        <span className="price" title={bar.close == null ? undefined : String(bar.close)}>
          {price(bar.close, tick)}
        </span>
        <span className="dim">{currency}</span>
        <Change value={bar.changePct} />
      </span>
      <VerdictChip verdict={verdict} />
      <span className="result-score">
        <ScoreTrack score={score} />
        <span className="small dim">
          {text.votes(result.buyVotes, result.neutralVotes, result.sellVotes)}
          {scoreChange != null && ` · ${text.scoreWas(signed(score - scoreChange))}`}
        </span>
      </span>
      <span className="row wrap soft">
        <span>{text.asOf(day(result.asOf))}</span>
        <span className="dim">
          {text.stored} <TimeAgo time={result.createdAt} zone={result.instrument?.timeZone ?? null} />
        </span>
        {result.isDemo && <Chip tone="warn">{text.demo}</Chip>}
        {result.customised && <Chip>{text.custom}</Chip>}
        {result.isBackfill && <Chip>{text.backfill}</Chip>}
      </span>
    </div>
  );
}
