/** Progress in percent; its edge moves while work is done. */
export function Progress({ percent, state, label }: { percent: number; state: string; label: string }) {
  const value = Math.round(percent);
  return (
    <div
      className="bar"
      data-state={state}
      role="progressbar"
      aria-valuenow={value}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-label={label}
    >
      <span style={{ width: `${percent}%` }} />
    </div>
  );
}
