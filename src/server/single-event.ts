import { isAsyncIterable, type Plugin, processRegularResult } from 'graphql-yoga';
import { EVENT_STREAM } from './negotiate.ts';

/**
 * Writes a single result as events when the client accepts nothing but a stream of events. Yoga would write a stream without a length, and
 * the limits of responses would not count it (`bound-responses.ts`). This response is one body with a length.
 */
export const singleEvent: Plugin = {
  onResultProcess({ request, result, setResultProcessor }) {
    if (isAsyncIterable(result) || request.headers.get('accept') !== EVENT_STREAM) return;
    setResultProcessor(async (single, fetchAPI) => {
      const json = processRegularResult(single as never, fetchAPI, 'application/json');
      const { status, headers } = json;
      headers.set('content-type', EVENT_STREAM);
      headers.delete('content-length');
      const body = `event: next\ndata: ${await json.text()}\n\nevent: complete\ndata:\n\n`;
      return new fetchAPI.Response(body, { status, headers });
    }, EVENT_STREAM);
  },
};
