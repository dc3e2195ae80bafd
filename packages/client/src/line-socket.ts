const CONNECTING = 0;
const OPEN = 1;
const CLOSED = 3;
/** The close code with which graphql-ws gives a connection up. It reports the end of that connection before it closes the socket. */
const TERMINATED = 4499;

/** The part of a WebSocket that is used here, of the platform's or of a package's. */
interface PlatformSocket {
  onopen: ((event: unknown) => void) | null;
  onmessage: ((event: unknown) => void) | null;
  onerror: ((event: unknown) => void) | null;
  onclose: ((event: unknown) => void) | null;
  send(text: string): void;
  close(code?: number, reason?: string): void;
}

type PlatformClass = new (address: string, protocol: string) => PlatformSocket;

/** What graphql-ws accepts as a WebSocket class. */
interface SocketClass {
  new (address: string, protocol: string): PlatformSocket & { readonly readyState: number };
  readonly CONNECTING: number;
  readonly OPEN: number;
  readonly CLOSING: number;
  readonly CLOSED: number;
}

/** The close event of a connection for which no socket was opened: there was no address or key, or the WebSocket class threw. */
export class NeverOpened {
  readonly code = 1006;
  readonly wasClean = false;
  readonly reason: string;
  readonly cause: unknown;
  constructor(cause: unknown) {
    this.reason = cause instanceof Error ? cause.message : String(cause);
    this.cause = cause;
  }
}

/**
 * A WebSocket class for graphql-ws, which has one emitter for all its sockets: an event of a former socket ends the present one. Therefore
 * a socket of this class reports its end exactly once, and nothing after it:
 *
 * - `error` is not passed on. A browser runs other code between `error` and the `close` that always follows it.
 * - `close()` reports the end at once. The other side may take seconds for its part of the closing handshake, or never do it.
 * - What comes before a socket (`prepare` returns its address) is part of the connection. A failure is an end, and so is a throw of the
 *   platform's constructor. graphql-ws itself would wait indefinitely for a `url` that rejects or is given up.
 */
export function lineSocketClass(given: unknown, prepare: () => Promise<string>): SocketClass {
  return class LineSocket {
    static readonly CONNECTING = CONNECTING;
    static readonly OPEN = OPEN;
    static readonly CLOSING = 2;
    static readonly CLOSED = CLOSED;
    onopen: ((event: unknown) => void) | null = null;
    onmessage: ((event: unknown) => void) | null = null;
    onerror: ((event: unknown) => void) | null = null;
    onclose: ((event: unknown) => void) | null = null;
    readyState: number = CONNECTING;
    #socket: PlatformSocket | null = null;

    constructor(_address: string, protocol: string) {
      this.#open(protocol).catch((cause: unknown) => this.#end(new NeverOpened(cause)));
    }

    send(text: string): void {
      if (this.readyState === OPEN) this.#socket?.send(text);
    }

    close(code?: number, reason = ''): void {
      const socket = this.#socket;
      if (code === TERMINATED) this.onclose = null;
      this.#end({ code: code ?? 1000, reason, wasClean: true });
      socket?.close(code, reason);
    }

    async #open(protocol: string): Promise<void> {
      const address = await prepare();
      if (this.readyState === CLOSED) return;
      const Platform = requirePlatformClass(given);
      const socket = new Platform(address, protocol);
      this.#socket = socket;
      socket.onopen = (event) => {
        this.readyState = OPEN;
        this.onopen?.(event);
      };
      socket.onmessage = (event) => this.onmessage?.(event);
      // The package ws ends the process for an error that has no listener.
      socket.onerror = () => undefined;
      socket.onclose = (event) => this.#end(event);
    }

    #end(event: unknown): void {
      if (this.readyState === CLOSED) return;
      this.readyState = CLOSED;
      if (this.#socket !== null) {
        this.#socket.onopen = null;
        this.#socket.onmessage = null;
        this.#socket.onclose = null;
        this.#socket = null;
      }
      this.onclose?.(event);
    }
  };
}

/** The given WebSocket class, or the platform's. Throws when there is none. */
export function requirePlatformClass(given: unknown): PlatformClass {
  const Platform = given ?? (globalThis as { readonly WebSocket?: unknown }).WebSocket;
  if (typeof Platform !== 'function') {
    throw new Error(
      'There is no global WebSocket (Node before 22): pass a class as `webSocket`, for example that of the package ws.',
    );
  }
  return Platform as PlatformClass;
}
