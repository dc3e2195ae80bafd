/** A migration as its file has it. */
export interface MigrationFile {
  readonly name: string;
  readonly text: string;
}

/** Tables that grow with use: a statement over all of their rows in one transaction would hold up their writers. */
const GROWING =
  /^(jobs|job_items|job_events|job_ends|analyses|analysis_details|latest_analyses|feed_entries|backtests|backtest_\w+|audit_entries|mutation_answers|webhook_deliveries|watchlist_items)$/;

const name = String.raw`(?:only\s+)?(?:"?public"?\.)?"?(\w+)"?`;
const pattern = (text: string) =>
  new RegExp(text.replaceAll('<name>', name).replaceAll(' ', String.raw`\s+`), 'i');

const creates = pattern('create (?:unlogged )?table (?:if not exists )?<name>');
const indexed = pattern(String.raw`create (?:unique )?index .*?\son <name>`);
const altered = pattern('alter table (?:if exists )?<name>');
const rewritten = pattern('(?:update|delete from) <name>');

/** What an `alter table` must not do in a transaction, and what to do instead. */
const alterations: readonly (readonly [RegExp, string])[] = [
  [
    /\badd\s+constraint\b(?=.*\b(check|foreign\s+key)\b)(?!.*\bnot\s+valid\b)/is,
    'add the constraint NOT VALID and validate it in a later migration that is marked `-- concurrently`',
  ],
  [
    /\badd\s+(constraint\s+"?\w+"?\s+)?(unique|primary\s+key|exclude)\b(?!\s+using\s+index)/i,
    'create the index concurrently first, then add the constraint USING INDEX',
  ],
  [
    /\badd\s+column\b.*\b(references|unique|primary\s+key|check\s*\()/is,
    'add the column alone; its constraint follows NOT VALID',
  ],
  [
    /\badd\s+column\b.*(\bgenerated\b|\bserial\b|\bdefault\s+(clock_timestamp|gen_random_uuid|random|nextval)\b)/is,
    'this default is computed per row and rewrites the table',
  ],
  [/\balter\s+column\s+"?\w+"?\s+(set\s+data\s+)?type\b/i, 'a change of type rewrites the table'],
  [/\bset\s+(logged|unlogged|tablespace|access\s+method)\b/i, 'it rewrites the table'],
  [
    /\bvalidate\s+constraint\b/i,
    'validate in a migration of its own that is marked `-- concurrently`: here the locks of the other statements last as long',
  ],
];

/** What may stand in a migration that is marked `-- concurrently`: it holds up nobody and can be repeated from its first statement. */
const repeatable =
  /^(create (unique )?index concurrently|drop index concurrently if exists|alter table "?\w+"? validate constraint|analyze|do )/i;

/**
 * Statements of migrations that would lock or rewrite a table which may be large, each with what to do instead. A statement with a comment
 * `-- brief: <reason>` of at least 20 characters is accepted.
 */
export function findHeavyLocks(files: readonly MigrationFile[]): string[] {
  return files.flatMap((file, i) => {
    const concurrently = file.text.trimStart().startsWith('-- concurrently');
    const statements = file.text.split('--> statement-breakpoint');
    const created = new Set(statements.map((text) => creates.exec(bare(text))?.[1]));
    const earlier = files.slice(0, i).map(({ text }) => bare(text));
    return statements
      .filter((text) => !/--\s*brief: .{20,}/.test(text) && bare(text) !== '')
      .flatMap((text) => (concurrently ? notRepeatable(bare(text)) : heavy(bare(text), created, earlier)))
      .map((fault) => `${file.name}: ${fault}`);
  });
}

function notRepeatable(text: string): string[] {
  return repeatable.test(text) ? [] : [`${firstLine(text)} — it does not belong in a concurrent migration`];
}

function heavy(text: string, created: ReadonlySet<string | undefined>, earlier: readonly string[]): string[] {
  const fault = (advice: string) => [`${firstLine(text)} — ${advice}`];
  if (/^create (unique )?index concurrently/i.test(text))
    return fault('begin the file with `-- concurrently`');
  const index = indexed.exec(text)?.[1];
  if (index !== undefined && /^create/i.test(text))
    return created.has(index) ? [] : fault('create it in a migration that is marked `-- concurrently`');
  if (/^(cluster|vacuum|reindex|lock)\b/i.test(text)) return fault('it locks the table while it runs');
  const changed = rewritten.exec(text)?.[1];
  if (changed !== undefined && GROWING.test(changed) && !created.has(changed))
    return fault('change the rows in pieces, in a DO block that commits, in a concurrent migration');
  const table = altered.exec(text)?.[1];
  if (table === undefined || created.has(table)) return [];
  const column = /\balter\s+column\s+"?(\w+)"?\s+set\s+not\s+null\b/i.exec(text)?.[1];
  if (column !== undefined && !isProven(table, column, earlier))
    return fault(
      `validate a constraint CHECK (${column} IS NOT NULL) in an earlier migration; it spares the scan`,
    );
  return alterations.filter(([form]) => form.test(text)).flatMap(([, advice]) => fault(advice));
}

/** Whether earlier migrations have validated a check that the column is not null. */
function isProven(table: string, column: string, earlier: readonly string[]): boolean {
  const check = new RegExp(
    String.raw`alter table "?${table}"? add constraint "?(\w+)"? check \("?${column}"? is not null\)`,
    'i',
  );
  const constraint = earlier.map((text) => check.exec(text)?.[1]).find((found) => found !== undefined);
  return (
    constraint !== undefined &&
    earlier.some((text) => new RegExp(`validate constraint "?${constraint}"?`, 'i').test(text))
  );
}

/** Without comments, line breaks and the bodies of functions, which run later. */
function bare(text: string): string {
  const code = text.replace(/--.*$/gm, '').replace(/\s+/g, ' ').trim();
  return /^create (or replace )?(function|procedure)/i.test(code)
    ? code.replace(/\$(\w*)\$.*\$\1\$/, '')
    : code;
}

function firstLine(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
