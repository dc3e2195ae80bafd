/** A message of a client, parsed; the protocol has not checked it yet. */
export interface ClientMessage {
  readonly type?: unknown;
  readonly id?: unknown;
}

/**
 * Names of the operations of one socket. Clients choose ids and use them again: an operation that is still being prepared when its client completes
 * it must not be taken for the next one with the same id. So each operation has a token of its own here, and the client's id outside.
 */
export interface OperationTokens {
  /** The message with the token in place of the client's id; any other message as it is. */
  receive(message: ClientMessage): ClientMessage;
  /** The text of a message with the client's id in place of the token. Null when the client has completed the operation: it wants nothing more of it. */
  send(text: string): string | null;
  /** Whether an operation with the client's id runs. */
  isUsed(id: unknown): boolean;
  /** The client's id of an operation; null when it has ended. */
  idOf(token: string): string | null;
}

/** No operation has it: a `complete` of nothing ends nothing. */
const NO_TOKEN = '0';
/** How the protocol's messages about an operation begin. */
const HEAD = /^\{"id":"(\d+)"(?=,"type":"(\w+)")/;

/** The token in the text of a message about an operation; null: it is about none. */
export function tokenOf(text: string): string | null {
  return HEAD.exec(text)?.[1] ?? null;
}

export function createOperationTokens(): OperationTokens {
  const tokens = new Map<string, string>();
  const ids = new Map<string, string>();
  let last = 0;

  function begin(id: string): string {
    last += 1;
    const token = String(last);
    tokens.set(id, token);
    ids.set(token, id);
    return token;
  }

  function end(token: string, id: string): void {
    tokens.delete(id);
    ids.delete(token);
  }

  return {
    receive(message) {
      const { type, id } = message;
      if (typeof id !== 'string' || id === '') return message;
      const token = tokens.get(id);
      // An id that is in use keeps its token: the protocol closes the socket for it.
      if (type === 'subscribe') return { ...message, id: token ?? begin(id) };
      if (type !== 'complete') return message;
      if (token !== undefined) end(token, id);
      return { ...message, id: token ?? NO_TOKEN };
    },
    send(text) {
      const [head, token, type] = HEAD.exec(text) ?? [];
      if (head === undefined || token === undefined) return text;
      const id = ids.get(token);
      if (id === undefined) return null;
      if (type === 'error' || type === 'complete') end(token, id);
      return `{"id":${JSON.stringify(id)}${text.slice(head.length)}`;
    },
    isUsed: (id) => typeof id === 'string' && tokens.has(id),
    idOf: (token) => ids.get(token) ?? null,
  };
}
