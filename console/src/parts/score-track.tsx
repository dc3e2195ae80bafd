import { signed } from '../format/numbers.ts';

/** Scores at which the verdict changes (docs: strategies), from strong sell to strong buy. */
export const LIMITS = [-0.6, -0.2, 0.2, 0.6] as const;

const WIDTH = 100;
const at = (score: number) => ((Math.max(-1, Math.min(1, score)) + 1) / 2) * WIDTH;

/** A score on a track from −1 to 1, with the limits of the verdicts marked. */
export function ScoreTrack({ score, label = true }: { score: number; label?: boolean }) {
  const zero = at(0);
  const end = at(score);
  const tone = score > 0 ? 'var(--up)' : 'var(--down)';
  return (
    <span className="row">
      {label && <span className="num">{signed(score, 2)}</span>}
      <span className="track grow" title={`Score ${score}, from −1 to 1`}>
        <svg
          viewBox={`0 0 ${WIDTH} 16`}
          preserveAspectRatio="none"
          role="img"
          aria-label={`Score ${signed(score)}`}
        >
          <rect x={0} y={6} width={WIDTH} height={4} rx={2} fill="var(--sunken)" />
          <rect x={Math.min(zero, end)} y={6} width={Math.abs(end - zero)} height={4} fill={tone} />
          {LIMITS.map((limit) => (
            <rect key={limit} x={at(limit) - 0.25} y={4} width={0.5} height={8} fill="var(--line-strong)" />
          ))}
          <rect x={zero - 0.25} y={3} width={0.5} height={10} fill="var(--ink-3)" />
          <rect x={end - 0.75} y={1} width={1.5} height={14} fill={tone} />
        </svg>
      </span>
    </span>
  );
}
