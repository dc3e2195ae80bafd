import type { IncomingMessage, ServerResponse } from 'node:http';
import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Access } from '../access.ts';
import { compress } from '../compress.ts';
import { CODINGS, type Coding, chooseCoding } from '../content-coding.ts';
import { PIECE_BYTES } from '../execution/pieces.ts';
import type { Written } from '../execution/write-result.ts';
import type { Logger } from '../logger.ts';
import { createByteBudget, type HoldResponse } from '../rates/budget.ts';
import { rejection, replyOf, tooMuch } from './rejections.ts';
import { streamPieces } from './stream-pieces.ts';
import { createResponseWatch } from './watch-responses.ts';

export interface ResponseLimits {
  /** A client that takes fewer than 64 KiB of its response for so long, in ms, while more waits, is cut off; likewise one that sends fewer of its body. */
  readonly stallMs: number;
  /** Bytes of the responses of a connection that its client has not taken. */
  readonly connectionBytes: number;
  readonly workspaceBytes: number;
  readonly nodeBytes: number;
}

/** What yoga is given with a request. */
interface Asked {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly admitted: { readonly access: Pick<Access, 'workspaceId'> };
}

/** Bounds what waits of the messages of subscriptions: what has no room is not sent yet. A message of at most 64 KiB always has room. */
export interface Room {
  fits(bytes: number): boolean;
  /** Counts a message that was given to a connection; returns how to stop. Null: one that is not counted. */
  hold(bytes: number): (() => void) | null;
  /** Calls back once, when a larger message fits again. */
  whenRoom(listener: () => void): void;
}

export interface Responses {
  /** Cuts the response off when its client does not read. */
  watch(response: ServerResponse): void;
  /** The body of the response was written already: yoga makes a response with an empty one. */
  setBody(response: ServerResponse, written: Written): void;
  /** Its client must learn of it, whatever waits: the response to a mutation. */
  mustSend(response: ServerResponse): void;
  /** Somebody else looks after the response. */
  forget(response: ServerResponse): void;
  /** Why an operation of the workspace must not begin: too much waits for clients that do not read. Null: it may. */
  refuse(workspaceId: string): GraphQLError | null;
  /**
   * Counts a message of a websocket until its client has taken it; returns how to stop. Null: there is no room for it. The first 64 KiB that wait on
   * a connection always have room.
   */
  hold(workspaceId: string, connection: object, bytes: number): (() => void) | null;
  /** The room for messages of the workspace's subscriptions. */
  roomOf(workspaceId: string): Room;
  /** Holds a response that is not one of GraphQL to the limits. */
  holdOther(request: IncomingMessage, response: ServerResponse, access: Access): HoldResponse;
  /** Holds responses of GraphQL over HTTP to the limits. */
  readonly plugin: Plugin;
  stop(): void;
}

/**
 * Bounds the memory of responses that wait for their clients, per connection, workspace and node. Every response counts, but for the first 64 KiB
 * that wait on a connection. That of a mutation is always sent: its client must learn what was done. An operation is rejected before it runs while its workspace or the node is full.
 */
export function createResponses(limits: ResponseLimits, log: Logger): Responses {
  const { stallMs, connectionBytes, workspaceBytes, nodeBytes } = limits;
  const budget = createByteBudget({ perOwner: workspaceBytes, total: nodeBytes });
  const ofConnections = new WeakMap<object, number>();
  const mutations = new WeakSet<ServerResponse>();
  const texts = new WeakMap<ServerResponse, Written>();
  const watching = createResponseWatch({
    stallMs,
    leastBytes: PIECE_BYTES,
    fault: 'a client does not read its response',
    log,
  });

  const waitingFor = (connection: object) => ofConnections.get(connection) ?? 0;
  const isOver = (connection: object, bytes: number) => waitingFor(connection) + bytes > connectionBytes;

  /** Counts bytes until they are released. The first 64 KiB that wait on a connection take nothing of the budget. Null: there is no room. */
  function hold(
    workspaceId: string,
    connection: object,
    bytes: number,
    count: typeof budget.take = budget.take,
  ): (() => void) | null {
    const before = waitingFor(connection);
    const counted = beyondExempt(before + bytes) - beyondExempt(before);
    const release = counted === 0 ? () => undefined : count(workspaceId, counted);
    if (release === null) return null;
    ofConnections.set(connection, before + bytes);
    return () => {
      release();
      ofConnections.set(connection, waitingFor(connection) - bytes);
    };
  }

  /** Counts a response until it is closed. Returns why it is not sent, or how to count fewer bytes of it once it is compressed. */
  function holdResponse(
    { req, res, admitted }: Asked,
    bytes: number,
  ): GraphQLError | ((fewer: number) => void) {
    if (res.closed) return () => undefined;
    const { workspaceId } = admitted.access;
    const mustBeSent = mutations.has(res);
    if (!mustBeSent && isOver(req.socket, bytes)) return tooLarge(connectionBytes);
    // What is sent whether there is room or not takes the room of others.
    let release = hold(workspaceId, req.socket, bytes, mustBeSent ? budget.add : budget.take);
    if (release === null) return FULL;
    res.once('close', () => release?.());
    return (fewer) => {
      if (res.closed) return;
      release?.();
      release = hold(workspaceId, req.socket, fewer, budget.add);
    };
  }

  let compressing = 0;

  /** The coding of a response. While too many are compressed the others are sent as they are: nobody waits, and the memory of encoders is bounded. */
  function codingOf({ req, res }: Asked, bytes: number): Coding | null {
    if (bytes < COMPRESSED_BYTES) return null;
    if (!res.headersSent) res.appendHeader('Vary', 'Accept-Encoding');
    return compressing < ENCODERS ? chooseCoding(req.headers['accept-encoding'], CODINGS) : null;
  }

  async function compressed(pieces: readonly Buffer[], coding: Coding): Promise<Buffer[]> {
    compressing += 1;
    try {
      return await compress(pieces, coding);
    } finally {
      compressing -= 1;
    }
  }

  const plugin: Plugin = {
    async onResponse({ response, serverContext, setResponse, fetchAPI }) {
      // A stream of events has no length: `keep-streams.ts` bounds it.
      const { req, res, admitted } = serverContext as unknown as Partial<Asked>;
      const written = res === undefined ? undefined : texts.get(res);
      const bytes = written?.bytes ?? Number(response.headers.get('content-length') ?? 0);
      if (bytes === 0 || req === undefined || res === undefined || admitted === undefined) return;
      const asked = { req, res, admitted };
      const held = holdResponse(asked, bytes);
      if (held instanceof GraphQLError) {
        const { status, headers, body } = replyOf(held);
        setResponse(new fetchAPI.Response(body, { status, headers }));
        return;
      }
      const coding = codingOf(asked, bytes);
      if (coding === null && bytes <= PIECE_BYTES && written === undefined) return;
      const { status, headers } = response;
      let pieces = written?.pieces ?? [Buffer.from(await response.text())];
      if (coding !== null) {
        pieces = await compressed(pieces, coding);
        texts.delete(res);
        headers.set('content-encoding', coding);
      }
      const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
      if (coding !== null) held(length);
      headers.set('content-length', String(length));
      const body = length <= PIECE_BYTES ? Buffer.concat(pieces) : streamPieces(pieces);
      setResponse(new fetchAPI.Response(body as never, { status, headers }));
    },
  };

  return {
    watch: watching.watch,
    setBody: (response, written) => void texts.set(response, written),
    mustSend: (response) => void mutations.add(response),
    forget: watching.forget,
    hold(workspaceId, connection, bytes) {
      return isOver(connection, bytes) ? null : hold(workspaceId, connection, bytes);
    },
    refuse: (workspaceId) => (budget.isFull(workspaceId) ? FULL : null),
    roomOf: (workspaceId) => ({
      fits: (bytes) => bytes <= PIECE_BYTES || !budget.isFull(workspaceId),
      hold: (bytes) => (bytes <= PIECE_BYTES ? null : budget.add(workspaceId, bytes)),
      whenRoom: (listener) => budget.whenRoom(workspaceId, listener),
    }),
    holdOther: (req, res, access) => (bytes, mustBeSent) => {
      if (mustBeSent) mutations.add(res);
      const held = holdResponse({ req, res, admitted: { access } }, bytes);
      return held instanceof GraphQLError ? held.message : null;
    },
    plugin,
    stop: watching.stop,
  };
}

/** A response of fewer bytes is one packet either way. */
const COMPRESSED_BYTES = 1_024;
/** So many responses of a node are compressed at a time: libuv has four threads, and an encoder has up to 2 MB. */
const ENCODERS = 8;

/** Of the bytes that wait on a connection, those that count in the budget. */
const beyondExempt = (bytes: number) => Math.max(0, bytes - PIECE_BYTES);

const tooLarge = (limit: number) =>
  rejection(
    400,
    'LIMIT_EXCEEDED',
    `The response is larger than ${limit / 1_000_000} MB: ask for fewer fields or smaller pages.`,
    { limit },
  );

/** One object for all rejections: an error collects its stack, which took longer than the rest of a rejected request. */
const FULL = tooMuch(
  'Too many response bytes are queued for clients that read too slowly; read the pending responses, or try again later.',
  5,
);
