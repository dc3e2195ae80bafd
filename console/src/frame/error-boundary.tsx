import { Component, type ReactNode } from 'react';
import { Notice } from '../parts/panel.tsx';
import { text } from './frame.text.ts';

interface State {
  readonly message: string | null;
}

/** A fault of a page stays in the page: the frame goes on, and says what happened. React has classes for this alone. */
export class ErrorBoundary extends Component<{ children: ReactNode }, State> {
  override state: State = { message: null };

  static getDerivedStateFromError(error: unknown): State {
    return { message: error instanceof Error ? error.message : String(error) };
  }

  override render() {
    if (this.state.message === null) return this.props.children;
    return (
      <Notice tone="failed">
        <span className="grow">
          {text.fault} <code>{this.state.message}</code>
        </span>
        <button type="button" className="button" data-size="small" onClick={() => location.reload()}>
          {text.reload}
        </button>
      </Notice>
    );
  }
}
