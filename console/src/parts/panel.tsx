import type { ReactNode } from 'react';
import type { Failure } from '../data/failure.ts';

interface Props {
  readonly title: ReactNode;
  readonly aside?: ReactNode;
  /** True: the content has no padding, as a table has its own. */
  readonly flush?: boolean;
  readonly children: ReactNode;
}

export function Panel({ title, aside, flush = false, children }: Props) {
  return (
    <section className="panel">
      <header className="panel-head">
        <h2>{title}</h2>
        {aside}
      </header>
      <div className={flush ? 'scroll-x' : 'panel-body'}>{children}</div>
    </section>
  );
}

export function Notice({
  tone = '',
  children,
}: {
  tone?: '' | 'warn' | 'failed' | 'accent';
  children: ReactNode;
}) {
  return (
    <div className="notice" data-tone={tone} role={tone === 'failed' ? 'alert' : undefined}>
      {children}
    </div>
  );
}

/** A failure is loud: what happened, its code, and a way to try again. */
export function FailureNotice({ failure, retry }: { failure: Failure | null; retry?: () => void }) {
  if (failure === null) return null;
  return (
    <Notice tone="failed">
      <span className="grow">
        {failure.message} {failure.code !== null && <code>{failure.code}</code>}
      </span>
      {retry !== undefined && (
        <button type="button" className="button" data-size="small" onClick={retry}>
          Try again
        </button>
      )}
    </Notice>
  );
}

/** Where data will be: shown only when they take longer than a moment. */
export function Skeleton({ rows = 1 }: { rows?: number }) {
  return (
    <div aria-hidden="true">
      {Array.from({ length: rows }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows are alike
        <div className="skeleton" key={i} />
      ))}
    </div>
  );
}

export function Empty({ children }: { children: ReactNode }) {
  return <p className="empty">{children}</p>;
}
