import { count, fixed, percent, price, share } from '../format/numbers.ts';
import { sentenceCase } from '../format/words.ts';
import type { ResultFieldsFragment } from '../generated/graphql.ts';
import { Figures } from '../parts/figures.tsx';
import { Empty, Panel } from '../parts/panel.tsx';
import { PlanRecord } from './plan-record.tsx';
import { text } from './result.text.ts';

/** The trade plan in numbers, and how such plans ended before. */
export function Plan({ result }: { result: ResultFieldsFragment }) {
  const { plan, instrument, verdict } = result;
  if (plan == null)
    return (
      <Panel title={text.plan.title}>
        <Empty>{verdict === 'HOLD' ? text.plan.none : text.plan.noneGated}</Empty>
      </Panel>
    );
  const tick = instrument?.tick;
  const money = (value: string) => fixed(Number(value), 2);
  const away = plan.side === 'LONG' ? 1 : -1;
  return (
    <Panel
      title={text.plan.title}
      aside={
        <span className={`chip`} data-tone={plan.side === 'LONG' ? 'up' : 'down'}>
          {sentenceCase(plan.side)}
        </span>
      }
    >
      <div className="stack">
        <Figures
          of={[
            [text.plan.target, <Level key="t" value={plan.target} pct={away * plan.targetPct} tick={tick} />],
            [text.plan.entry, <Level key="e" value={plan.entry} pct={null} tick={tick} />],
            [text.plan.stop, <Level key="s" value={plan.stop} pct={-away * plan.stopPct} tick={tick} />],
            [text.plan.ratio, `${fixed(Number(plan.riskReward))} : 1`],
            [text.plan.size, count(plan.positionSize)],
            [text.plan.value, money(plan.positionValue)],
            [text.plan.risk, `${money(plan.capitalAtRisk)} · ${share(Number(plan.capitalAtRiskPct), 2)}`],
            [text.plan.reward, money(plan.potentialReward)],
            [text.plan.bound, text.plan.bounds[plan.boundBy]],
            [text.plan.holding, text.plan.bars(plan.maxHoldingBars)],
          ]}
        />
        {plan.stopWidened && <p className="small dim">{text.plan.widened}</p>}
        {plan.flags.map((flag) => (
          <p key={flag} className="small" style={{ color: 'var(--warn)' }}>
            {flag}
          </p>
        ))}
        <PlanRecord result={result} />
      </div>
    </Panel>
  );
}

interface LevelProps {
  readonly value: string;
  readonly pct: number | null;
  readonly tick: string | undefined;
}

function Level({ value, pct, tick }: LevelProps) {
  return (
    <span>
      {pct !== null && <span className="dim small">{percent(pct)} </span>}
      <strong>{price(value, tick)}</strong>
    </span>
  );
}
