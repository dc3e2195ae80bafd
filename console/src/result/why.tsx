import { fixed, share, short, signed } from '../format/numbers.ts';
import { indicatorName, sentenceCase } from '../format/words.ts';
import type { Category, IndicatorId, ResultFieldsFragment } from '../generated/graphql.ts';
import { Panel } from '../parts/panel.tsx';
import { useChosenLines } from './chosen-lines.ts';
import { text } from './result.text.ts';

type Reading = ResultFieldsFragment['indicators'][number];

const CATEGORIES: readonly Category[] = ['TREND', 'MOMENTUM', 'VOLATILITY', 'VOLUME'];

/** Each vote as a bar to the left or right of zero, by category, the strongest first. */
export function Why({ result }: { result: ResultFieldsFragment }) {
  const [chosen, toggle] = useChosenLines();
  const largest = Math.max(0.01, ...result.indicators.map(({ contribution }) => Math.abs(contribution)));
  return (
    <Panel
      title={text.why.title}
      aside={
        <span className="small dim">
          {text.why.conviction} {share(result.conviction * 100)} · {text.why.coverage}{' '}
          {share(result.coverage * 100)}
          {result.ledger != null && ` · ${text.why.confidence} ${share(result.ledger.confidence)}`}
        </span>
      }
      flush
    >
      <p className="small dim why-hint">{text.why.hint}</p>
      {CATEGORIES.map((category) => (
        <Group
          key={category}
          category={category}
          readings={result.indicators.filter((one) => one.category === category)}
          largest={largest}
          chosen={chosen}
          onToggle={toggle}
        />
      ))}
    </Panel>
  );
}

interface GroupProps {
  readonly category: Category;
  readonly readings: readonly Reading[];
  readonly largest: number;
  readonly chosen: readonly IndicatorId[];
  readonly onToggle: (indicator: IndicatorId) => void;
}

function Group({ category, readings, largest, chosen, onToggle }: GroupProps) {
  if (readings.length === 0) return null;
  const sum = readings.reduce((total, { contribution }) => total + contribution, 0);
  const sorted = readings.toSorted((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
  return (
    <section>
      <h3 className="why-group">
        <span>{sentenceCase(category)}</span>
        <span className="num">{signed(sum, 3)}</span>
      </h3>
      {sorted.map((reading) => (
        <Vote
          key={reading.indicator}
          reading={reading}
          largest={largest}
          isShown={chosen.includes(reading.indicator)}
          onToggle={() => onToggle(reading.indicator)}
        />
      ))}
    </section>
  );
}

const VOTES = { '-1': 'sell', '0': 'neutral', '1': 'buy' } as Readonly<Record<string, string>>;

interface VoteProps {
  readonly reading: Reading;
  readonly largest: number;
  readonly isShown: boolean;
  readonly onToggle: () => void;
}

function Vote({ reading, largest, isShown, onToggle }: VoteProps) {
  const { indicator, available, reason, vote, contribution, display, weight, confidence } = reading;
  const width = `${(50 * Math.abs(contribution)) / largest}%`;
  const words = available
    ? weight === 0
      ? text.why.information
      : `${VOTES[String(vote)] ?? ''}`
    : (text.why.unavailable[reason ?? ''] ?? reason);
  const params = reading.params.map(({ name, value }) => `${name} ${value}`).join(', ');
  return (
    <button
      type="button"
      className="vote"
      aria-pressed={isShown}
      data-unavailable={!available}
      title={`${indicatorName(indicator)} (${params}): weight ${weight}, confidence ${confidence ?? '–'}`}
      onClick={onToggle}
      data-row
    >
      <span className="cut">{indicatorName(indicator)}</span>
      <span className="num soft" title={display == null ? undefined : String(display)}>
        {Math.abs(display ?? 0) < 100_000 ? fixed(display) : short(display)}
      </span>
      <span className="vote-bar" aria-hidden="true">
        <span
          style={
            contribution < 0
              ? { right: '50%', width, background: 'var(--down)' }
              : { left: '50%', width, background: 'var(--up)' }
          }
        />
      </span>
      <span className="num">{available && weight !== 0 ? signed(contribution, 3) : ''}</span>
      <span className="dim cut">{words}</span>
    </button>
  );
}
