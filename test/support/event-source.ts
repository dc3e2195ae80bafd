import { get, type IncomingMessage } from 'node:http';

export interface SentEvent {
  readonly type: string;
  readonly data: string;
  /** What the browser keeps as the last event id after this event. */
  readonly lastEventId: string;
}

/** What ended one connection: the server said `complete`, the connection was cut, or the status was not 200. */
export type ConnectionEnd = 'COMPLETE' | 'CUT' | number;

/**
 * An EventSource as the HTML standard describes it (section 9.2), with a connection that is cut after so many bytes of its body. An event counts once
 * its blank line has arrived, and each further connection sends the id of the last one that counted.
 */
export function createEventSource(url: URL) {
  const connections: (string | null)[] = [];
  let lastEventId = '';

  function request(): Promise<IncomingMessage> {
    const sent = lastEventId === '' ? {} : { 'last-event-id': lastEventId };
    connections.push(lastEventId === '' ? null : lastEventId);
    const headers = { accept: 'text/event-stream', 'cache-control': 'no-store', ...sent };
    return new Promise((resolve, reject) => {
      get(url, { headers, agent: false }, resolve).on('error', reject);
    });
  }

  /** Reads one connection until it ends or has carried so many bytes of events; `onEvent` true cuts it after that event. */
  async function connect(
    onEvent: (event: SentEvent) => boolean | undefined,
    cutAfterBytes = Number.POSITIVE_INFINITY,
  ): Promise<ConnectionEnd> {
    const response = await request();
    if (response.statusCode !== 200) {
      response.destroy();
      return response.statusCode ?? 0;
    }
    let bytes = 0;
    let text = '';
    for await (const chunk of response) {
      // Comments are pings, which a slow machine gets more of.
      const piece = String(chunk).replaceAll(/^:\n\n/gm, '');
      const taken = piece.slice(0, cutAfterBytes - bytes);
      bytes += taken.length;
      text += taken;
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const event of blocks.flatMap(parse)) {
        if (event.type === 'complete') return 'COMPLETE';
        if (onEvent(event) === true) return 'CUT';
      }
      if (bytes >= cutAfterBytes) return 'CUT';
    }
    return 'CUT';
  }

  function parse(block: string): SentEvent[] {
    let type = 'message';
    const data: string[] = [];
    for (const line of block.split('\n')) {
      const [, field, value = ''] = /^(\w+): ?(.*)$/.exec(line) ?? [];
      if (field === 'event') type = value;
      if (field === 'data') data.push(value);
      if (field === 'id') lastEventId = value;
    }
    return data.length === 0 ? [] : [{ type, data: data.join('\n'), lastEventId }];
  }

  return {
    connect,
    /** The `Last-Event-ID` of each connection so far; null: none was sent. */
    connections: connections as readonly (string | null)[],
    /** As a page keeps the id over its own end. */
    forgetTo(id: string) {
      lastEventId = id;
    },
  };
}
