import type { ReactNode } from 'react';
import { sentenceCase, verdictTone, verdictWord } from '../format/words.ts';

export type Tone = '' | 'up' | 'down' | 'warn' | 'accent' | 'outline' | 'failed' | 'struck';

export function Chip({ tone = '', title, children }: { tone?: Tone; title?: string; children: ReactNode }) {
  return (
    <span className="chip" data-tone={tone} title={title}>
      {children}
    </span>
  );
}

/** A verdict in words; a strong one is bold. */
export function VerdictChip({ verdict }: { verdict: string }) {
  return (
    <span className="chip" data-tone={verdictTone(verdict)} data-strong={verdict.startsWith('STRONG')}>
      {verdictWord(verdict)}
    </span>
  );
}

const STATES = {
  QUEUED: ['outline', ''],
  PROCESSING: ['accent', ''],
  COMPLETED: ['', '✓ '],
  FAILED: ['failed', ''],
  CANCELLED: ['struck', ''],
} as const;

/** The state of a job or an item, the same everywhere. */
export function StateChip({ state }: { state: keyof typeof STATES }) {
  const [tone, mark] = STATES[state];
  return (
    <Chip tone={tone}>
      {mark}
      {sentenceCase(state)}
    </Chip>
  );
}
