import { Link } from '../routing/link.tsx';
import { text } from './frame.text.ts';
import { Icon } from './icons.tsx';
import { type PageName, RAIL } from './routes.ts';

export function Rail({ page, activeJobs }: { page: PageName | null; activeJobs: number }) {
  return (
    <nav className="rail" aria-label="Pages">
      <Link to="/" className="rail-name">
        <img src="/icon.svg" width={20} height={20} alt="" />
        {text.product}
      </Link>
      {RAIL.map(([name, to]) => (
        <span key={name} style={{ display: 'contents' }}>
          {name === 'settings' && <hr className="rail-rule" />}
          <Link to={to} className="rail-link" aria-current={page === name ? 'page' : undefined}>
            <Icon name={name} />
            <span>{text.pages[name]}</span>
            {name === 'jobs' && activeJobs > 0 && <span className="rail-count">{activeJobs}</span>}
          </Link>
        </span>
      ))}
    </nav>
  );
}
