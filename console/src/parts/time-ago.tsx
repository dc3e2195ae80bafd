import { ago, exact } from '../format/time.ts';
import { useNow } from './now.ts';

/** How long ago a time is, with the exact time on hover. */
export function TimeAgo({ time, zone }: { time: string | number; zone?: string | null }) {
  const now = useNow();
  return (
    <time dateTime={new Date(time).toISOString()} title={exact(time, zone ?? null)} className="nowrap">
      {ago(time, Math.max(now, Date.parse(new Date().toISOString()) - 1_000))}
    </time>
  );
}
