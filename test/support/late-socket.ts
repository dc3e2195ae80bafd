import { setTimeout as delay } from 'node:timers/promises';

type Listener = ((event: unknown) => void) | null;

/**
 * A WebSocket class that behaves as in browsers: other code runs between the events `error` and `close` of one failure, and a
 * socket that was closed reports it after the closing handshake. Both take `lateMs` here.
 */
export function lateSocketClass(lateMs: number) {
  return class LateSocket extends EventTarget {
    static readonly CONNECTING = 0;
    static readonly OPEN = 1;
    static readonly CLOSING = 2;
    static readonly CLOSED = 3;
    onopen: Listener = null;
    onmessage: Listener = null;
    onerror: Listener = null;
    onclose: Listener = null;
    readyState = 0;
    readonly inner: WebSocket;

    constructor(url: string | URL, protocols?: string | string[]) {
      super();
      this.inner = new WebSocket(url, protocols);
      this.inner.onopen = (event) => {
        this.readyState = 1;
        this.onopen?.(event);
      };
      this.inner.onmessage = (event) => this.onmessage?.(event);
      this.inner.onerror = () => {
        // Node 22 reports no close of a connection that was refused.
        if (this.inner.readyState === 0) void this.end({ code: 1006, reason: '', wasClean: false });
      };
      this.inner.onclose = (event) => void this.end(event);
    }

    async end(event: Pick<CloseEvent, 'code' | 'reason' | 'wasClean'>): Promise<void> {
      this.readyState = 3;
      if (event.code === 1006) this.onerror?.(new Event('error'));
      await delay(lateMs);
      this.onclose?.(event);
    }

    send(text: string): void {
      this.inner.send(text);
    }

    close(code?: number, reason?: string): void {
      if (this.readyState < 2) this.readyState = 2;
      this.inner.close(code, reason);
    }
  };
}
