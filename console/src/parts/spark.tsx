interface Props {
  readonly values: readonly number[];
  readonly label: string;
  readonly width?: number;
  readonly height?: number;
  /** Range of the values; default: from the least to the greatest. */
  readonly range?: readonly [number, number];
}

/** A small curve without axes. */
export function Spark({ values, label, width = 72, height = 20, range }: Props) {
  if (values.length < 2) return <span className="dim">–</span>;
  const [low, high] = range ?? [Math.min(...values), Math.max(...values)];
  const x = (i: number) => (i / (values.length - 1)) * (width - 2) + 1;
  const y = (value: number) => height - 2 - ((value - low) / (high - low || 1)) * (height - 4);
  const points = values.map((value, i) => `${x(i).toFixed(1)},${y(value).toFixed(1)}`).join(' ');
  const last = values.at(-1) ?? 0;
  return (
    <svg width={width} height={height} role="img" aria-label={label}>
      <polyline points={points} fill="none" stroke="var(--ink-2)" strokeWidth={1.25} />
      <circle cx={x(values.length - 1)} cy={y(last)} r={2} fill="var(--accent)" />
    </svg>
  );
}
