import { signed } from '../format/numbers.ts';
import { day } from '../format/time.ts';
import { LIMITS } from '../parts/score-track.tsx';

interface Point {
  readonly asOf: string;
  readonly score: number;
}

const WIDTH = 600;
const HEIGHT = 120;
const y = (score: number) => ((1 - score) / 2) * HEIGHT;

/** Scores between the bands of the verdicts, the oldest at the left. */
export function ScoreCurve({ points }: { points: readonly Point[] }) {
  const x = (i: number) => (i / (points.length - 1)) * WIDTH;
  const [sell, buy] = [LIMITS[1], LIMITS[2]];
  const first = points[0];
  const last = points.at(-1);
  return (
    <figure className="score-curve">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`Scores from ${first?.asOf} to ${last?.asOf}, the last one ${signed(last?.score)}`}
      >
        <rect width={WIDTH} height={y(buy)} fill="var(--up-soft)" />
        <rect y={y(sell)} width={WIDTH} height={HEIGHT - y(sell)} fill="var(--down-soft)" />
        {LIMITS.map((limit) => (
          <line
            key={limit}
            x2={WIDTH}
            y1={y(limit)}
            y2={y(limit)}
            stroke="var(--line-strong)"
            strokeWidth={1}
            strokeDasharray="2 3"
            vectorEffect="non-scaling-stroke"
          />
        ))}
        <polyline
          points={points.map(({ score }, i) => `${x(i)},${y(score)}`).join(' ')}
          fill="none"
          stroke="var(--accent)"
          strokeWidth={1.5}
          vectorEffect="non-scaling-stroke"
        />
      </svg>
      <figcaption className="row spread small dim">
        <span>{day(first?.asOf)}</span>
        <span>{day(last?.asOf)}</span>
      </figcaption>
    </figure>
  );
}
