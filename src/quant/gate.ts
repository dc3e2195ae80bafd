import type { Warning } from './analyze.ts';

/**
 * Warnings that take the trade plan away: the bars are suspicious, so that a plan made from them may be wrong. The message of each
 * warning contains the evidence. docs/data.md lists them.
 */
export const GATES = {
  FUTURE_BAR: 'The series has bars of days that have not begun. They were left out.',
  NO_RECENT_TRADE: 'Nothing was traded in the last sessions.',
  LAST_SESSION_MISSING: 'The source knows a newer session and does not give its prices.',
  SUSPECTED_SPLIT: 'A close differs from the one before by more than 45 %.',
  FACTOR_STEP: 'The adjustment factor moves where neither a split, a dividend nor the price does.',
  FACTOR_RANGE: 'An adjustment factor is not one that splits and dividends can give.',
  PRICE_SPIKE: 'A price is a multiple of the prices beside it.',
} as const;
export type GateCode = keyof typeof GATES;

export function isGate(code: string): code is GateCode {
  return Object.hasOwn(GATES, code);
}

/** Codes of the gates among warnings, each once. */
export function gatesOf(warnings: readonly Warning[]): GateCode[] {
  return [...new Set(warnings.map(({ code }) => code).filter(isGate))];
}
