import { type PointerEvent, useState } from 'react';
import { percent, short } from '../format/numbers.ts';
import { day } from '../format/time.ts';
import { text } from './backtests.text.ts';
import { drawdowns, ticks } from './curves.ts';
import type { Span } from './trades.tsx';

export interface Line {
  readonly name: string;
  readonly colour: string;
  readonly dash: string;
  readonly isChosen: boolean;
  readonly values: readonly number[];
}

interface Props {
  readonly dates: readonly string[];
  readonly lines: readonly Line[];
  readonly isLog: boolean;
  /** A trade that is pointed at in the table. */
  readonly span: Span | null;
}

const WIDTH = 1_000;
const HEIGHT = 280;
const FALL = 80;

/** Equity of all strategies on one axis, and the drawdown of the chosen one below. */
export function EquityChart({ dates, lines, isLog, span }: Props) {
  const [at, setAt] = useState<number | null>(null);
  const scaled = (value: number) => (isLog ? Math.log(Math.max(value, 1e-9)) : value);
  const all = lines.flatMap(({ values }) => values);
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const x = (i: number) => (i / Math.max(1, dates.length - 1)) * WIDTH;
  const y = (value: number) =>
    HEIGHT - 8 - ((scaled(value) - scaled(low)) / (scaled(high) - scaled(low) || 1)) * (HEIGHT - 16);
  const chosen = lines.find(({ isChosen }) => isChosen) ?? lines[0];
  const falls = drawdowns(chosen?.values ?? []);
  const deepest = Math.min(-1, ...falls);
  const fallY = (fall: number) => (fall / deepest) * (FALL - 8);
  const shown = at ?? dates.length - 1;
  const move = (event: PointerEvent<SVGSVGElement>) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    setAt(Math.round(Math.min(1, Math.max(0, (event.clientX - left) / width)) * (dates.length - 1)));
  };
  const [from, to] = span === null ? [-1, -1] : [dates.indexOf(span.from), dates.indexOf(span.to)];
  return (
    <figure className="equity">
      <figcaption className="row wrap small">
        <span className="dim">{day(dates[shown])}</span>
        {lines.map(({ name, colour, dash, values }) => (
          <span key={name} className="nowrap">
            <svg width={16} height={8} aria-hidden="true">
              <line x2={16} y1={4} y2={4} stroke={colour} strokeWidth={2} strokeDasharray={dash} />
            </svg>{' '}
            {name} <span className="soft">{short(values[shown])}</span>
          </span>
        ))}
        <span className="dim nowrap">
          {text.curve.drawdown} {percent(falls[shown], 1)}
        </span>
      </figcaption>
      <div className="equity-place">
        <svg
          viewBox={`0 0 ${WIDTH} ${HEIGHT + FALL}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={text.curve.label}
          onPointerMove={move}
          onPointerLeave={() => setAt(null)}
        >
          {from >= 0 && to >= 0 && (
            <rect
              x={x(from)}
              width={Math.max(2, x(to) - x(from))}
              height={HEIGHT + FALL}
              fill="var(--flash)"
            />
          )}
          {ticks(low, high, 5).map((value) => (
            <line key={value} x2={WIDTH} y1={y(value)} y2={y(value)} className="equity-grid" />
          ))}
          {lines.map(({ name, colour, dash, isChosen, values }) => (
            <polyline
              key={name}
              points={values.map((value, i) => `${x(i).toFixed(1)},${y(value).toFixed(1)}`).join(' ')}
              fill="none"
              stroke={colour}
              strokeWidth={isChosen ? 2.25 : 1.25}
              strokeDasharray={dash}
              vectorEffect="non-scaling-stroke"
            />
          ))}
          <g transform={`translate(0 ${HEIGHT})`}>
            <polygon
              points={`0,0 ${falls.map((fall, i) => `${x(i).toFixed(1)},${fallY(fall).toFixed(1)}`).join(' ')} ${WIDTH},0`}
              fill="var(--down-soft)"
              stroke="var(--down)"
              vectorEffect="non-scaling-stroke"
            />
          </g>
          {at !== null && <line x1={x(at)} x2={x(at)} y2={HEIGHT + FALL} className="equity-cross" />}
        </svg>
        {ticks(low, high, 5).map((value) => (
          <span
            key={value}
            className="equity-tick dim"
            style={{ top: `${(y(value) / (HEIGHT + FALL)) * 100}%` }}
          >
            {short(value)}
          </span>
        ))}
      </div>
      <div className="row spread small dim">
        <span>{day(dates[0])}</span>
        <span>{day(dates.at(-1))}</span>
      </div>
    </figure>
  );
}
