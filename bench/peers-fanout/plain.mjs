import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { WebSocket, WebSocketServer } from 'ws';
import { batchOf } from './schema.mjs';

/** https://github.com/websockets/ws#server-broadcast, with a message that is made once: no protocol, no operations, no log. */
export async function plainWs() {
  const http = createServer();
  const sockets = new WebSocketServer({ server: http, perMessageDeflate: false });
  await new Promise((resolve) => http.listen(0, '127.0.0.1', 4_096, resolve));
  return {
    port: http.address().port,
    publish(seq) {
      const message = { id: randomUUID(), type: 'next', payload: { data: { jobEvents: batchOf(seq) } } };
      const ready = Buffer.from(JSON.stringify(message));
      for (const socket of sockets.clients) {
        if (socket.readyState === WebSocket.OPEN) socket.send(ready, { binary: false });
      }
    },
  };
}
