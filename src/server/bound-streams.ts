import type { ServerResponse } from 'node:http';
import type { Join } from '../execution/share-executions.ts';
import type { Room } from './bound-responses.ts';

/** How often a response is looked at that holds large messages. */
const LOOK_MS = 100;

/**
 * The messages of a stream of events, of which those that its client has not taken are held in the room. Between the pipeline and the kernel a
 * message passes buffers that report nothing, so it counts until the response is seen to be empty.
 */
export function boundStream(join: Join, response: ServerResponse, room: Room): Join {
  return (sink) => {
    let held: (() => void)[] = [];
    let looking: NodeJS.Timeout | null = null;

    function release(): void {
      if (looking !== null) clearInterval(looking);
      looking = null;
      for (const stop of held) stop();
      held = [];
    }

    function look(): void {
      const waits = response.writableLength > 0 || (response.socket?.writableLength ?? 0) > 0;
      if (response.destroyed || (!waits && sink.isReady())) release();
    }

    const leave = join({
      isReady: (bytes = 0) => sink.isReady(bytes) && room.fits(bytes),
      next(payload) {
        const stop = room.hold(payload.bytes);
        if (stop !== null) {
          held.push(stop);
          looking ??= setInterval(look, LOOK_MS).unref();
        }
        sink.next(payload);
      },
      whenReady(listener, bytes) {
        if (sink.isReady(bytes)) room.whenRoom(listener);
        else sink.whenReady(listener, bytes);
      },
      end(error) {
        release();
        sink.end(error);
      },
    });
    return () => {
      release();
      leave();
    };
  };
}
