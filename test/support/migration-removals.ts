import type { MigrationFile } from './migration-locks.ts';

/** What takes something away that a process of the version before may use, or asks for something that it does not write. */
const removals: readonly RegExp[] = [
  /\bdrop\s+(column|table|view)\b/i,
  /\brename\s+(column\b|constraint\b|to\b|"?\w+"?\s+to\b)/i,
  /\balter\s+column\s+"?\w+"?\s+(set\s+not\s+null|drop\s+default)\b/i,
  /\badd\s+column\b(?!.*\bdefault\b).*\bnot\s+null\b/is,
];

/** Statements of migrations that break processes of the version before, which run beside the new schema during an upgrade. */
export function findRemovals(files: readonly MigrationFile[]): { name: string; statement: string }[] {
  return files.flatMap(({ name, text }) =>
    text
      .split('--> statement-breakpoint')
      .map((statement) => statement.replaceAll(/^\s*--.*$/gm, '').trim())
      .filter((statement) => removals.some((pattern) => pattern.test(statement)))
      .map((statement) => ({ name, statement })),
  );
}
