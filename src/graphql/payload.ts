import type { ExecutionResult } from 'graphql';

/** The result of one execution, for all who share it; its text is made once. */
export interface Payload {
  readonly result: ExecutionResult;
  /** Bytes of the text. */
  readonly bytes: number;
  /** The websocket frame of a `next` message of this operation. */
  frame(operation: Operation): Buffer;
}

/** An operation of a client; `head` is the part of its messages before the payload. */
export interface Operation {
  readonly head: Buffer;
}

/** Ids are the client's own: whatever they hold is escaped. */
export function operationOf(id: string): Operation {
  return { head: Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`) };
}

const END = Buffer.from('}');

export function payloadOf(result: ExecutionResult): Payload {
  const text = Buffer.from(JSON.stringify(result));
  let last: { readonly operation: Buffer; readonly frame: Buffer } | null = null;
  return {
    result,
    bytes: text.length,
    frame({ head }) {
      // Many clients number their operations from 1: neighbours with the same id are given the very same frame.
      if (last !== null && (last.operation === head || last.operation.equals(head))) return last.frame;
      const frame = textFrame(head, text, END);
      last = { operation: head, frame };
      return frame;
    },
  };
}

/** A final, unmasked text frame (RFC 6455, 5.2) of the parts put together. */
function textFrame(...parts: readonly Buffer[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const size = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(size + length);
  frame[0] = 0x81;
  if (size === 2) frame[1] = length;
  else if (size === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  let at = size;
  for (const part of parts) at += part.copy(frame, at);
  return frame;
}
