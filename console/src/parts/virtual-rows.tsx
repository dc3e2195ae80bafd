import { type ReactNode, useLayoutEffect, useRef, useState } from 'react';

interface Props {
  readonly count: number;
  /** Renders the row with this number as a `tr`. */
  readonly row: (index: number) => ReactNode;
  readonly header?: ReactNode;
  readonly label: string;
  /** Widths of the columns; null: a share of what is left. */
  readonly widths: readonly (number | null)[];
  /** Called while fewer than a screen of rows is left below. */
  readonly onNearEnd?: (() => void) | undefined;
  /** True: stays at the end while rows are added, until the reader scrolls up. */
  readonly follows?: boolean;
}

const BEYOND = 8;

/** A table of which only the rows in view are in the page; all rows have the height `--row`. */
export function VirtualRows({ count, row, header, label, widths, onNearEnd, follows = false }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 600, row: 32 });
  const atEnd = useRef(true);

  useLayoutEffect(() => {
    const element = place.current;
    if (element === null) return;
    const measure = () => {
      const size = Number.parseFloat(getComputedStyle(element).getPropertyValue('--row')) || 32;
      atEnd.current = element.scrollTop + element.clientHeight >= element.scrollHeight - size;
      setView({ top: element.scrollTop, height: element.clientHeight, row: size });
    };
    measure();
    element.addEventListener('scroll', measure, { passive: true });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => {
      element.removeEventListener('scroll', measure);
      observer.disconnect();
    };
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: rows that were added are the reason to scroll
  useLayoutEffect(() => {
    const element = place.current;
    if (follows && atEnd.current && element !== null) element.scrollTop = element.scrollHeight;
  }, [count, follows]);

  const first = Math.max(0, Math.floor(view.top / view.row) - BEYOND);
  const end = Math.min(count, Math.ceil((view.top + view.height) / view.row) + BEYOND);
  const isNearEnd = end >= count - BEYOND;
  useLayoutEffect(() => {
    if (isNearEnd) onNearEnd?.();
  }, [isNearEnd, onNearEnd]);

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a keyboard scrolls the rows
    <section className="virtual" ref={place} aria-label={label} tabIndex={0}>
      <table className="table table-fixed" aria-rowcount={count} style={{ minWidth: minWidthOf(widths) }}>
        <colgroup>
          {widths.map((width, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: columns have no other name here
            <col key={i} style={width === null ? undefined : { width }} />
          ))}
        </colgroup>
        {header}
        <tbody>
          <tr className="spacer" style={{ height: first * view.row }} />
          {Array.from({ length: Math.max(0, end - first) }, (_, i) => row(first + i))}
          <tr className="spacer" style={{ height: (count - end) * view.row }} />
        </tbody>
      </table>
    </section>
  );
}

const FLEXIBLE = 96;

function minWidthOf(widths: readonly (number | null)[]): number {
  return widths.reduce<number>((sum, width) => sum + (width ?? FLEXIBLE), 0);
}
