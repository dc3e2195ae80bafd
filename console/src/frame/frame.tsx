import { Suspense, useCallback, useEffect, useRef, useState } from 'react';
import { useConnection } from 'thetool-client/react';
import { useRequest } from '../data/use-request.ts';
import { clock } from '../format/time.ts';
import { FrameDocument } from '../generated/graphql.ts';
import { Empty, Notice, Skeleton } from '../parts/panel.tsx';
import { useAddress } from '../routing/address.ts';
import { Link } from '../routing/link.tsx';
import { Drawer } from './drawer.tsx';
import { ErrorBoundary } from './error-boundary.tsx';
import { text } from './frame.text.ts';
import { Help } from './help.tsx';
import { components } from './pages.ts';
import { Palette } from './palette.tsx';
import { Rail } from './rail.tsx';
import { pageAt } from './routes.ts';
import { useShortcuts } from './shortcuts.ts';
import { TopBar } from './top-bar.tsx';

/** What is around every page. */
export function Frame({ onSignOut }: { onSignOut: (rejected: boolean) => void }) {
  const { path } = useAddress();
  const { name, rest } = pageAt(path);
  const [overlay, setOverlay] = useState<'SEARCH' | 'HELP' | null>(null);
  const main = useRef<HTMLElement>(null);
  const connection = useConnection();
  const { data, failure, at } = useRequest(FrameDocument, {}, { everyMs: 10_000, onResults: true });
  useShortcuts({ onSearch: () => setOverlay('SEARCH'), onHelp: () => setOverlay('HELP') });
  const close = useCallback(() => setOverlay(null), []);

  const isRejected = failure?.code === 'UNAUTHENTICATED' || connection.status === 'signedOut';
  useEffect(() => {
    if (isRejected) onSignOut(true);
  }, [isRejected, onSignOut]);

  // Another page begins at its top. `path` is the reason to run, not a value that is read.
  // In braces: `scrollTo` returns a promise in newer browsers, and React would take it for a clean-up function.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  useEffect(() => {
    main.current?.scrollTo(0, 0);
  }, [path]);

  // Another ticker is another page; another job is the same page with another panel.
  const pageKey = `${name}/${name === 'result' ? rest : ''}`;
  const Page = name === null ? null : components[name];
  return (
    <div className="frame">
      <Rail page={name} activeJobs={data?.jobs.totalCount ?? 0} />
      <TopBar
        viewer={data?.viewer ?? null}
        onSearch={() => setOverlay('SEARCH')}
        onSignOut={() => onSignOut(false)}
      />
      <main className="main" ref={main} tabIndex={-1}>
        {connection.status === 'retrying' && at !== null && (
          <Notice tone="warn">{text.asOf(clock(at))}</Notice>
        )}
        <ErrorBoundary key={pageKey}>
          <Suspense fallback={<Skeleton rows={3} />}>
            {Page == null ? (
              <Empty>
                There is no such page. <Link to="/">{text.pages.home}</Link>
              </Empty>
            ) : (
              <Page rest={rest} key={pageKey} />
            )}
          </Suspense>
        </ErrorBoundary>
      </main>
      <Drawer />
      {overlay === 'SEARCH' && <Palette onClose={close} />}
      {overlay === 'HELP' && <Help onClose={close} />}
    </div>
  );
}
