// The relay one writes by hand in an evening: parse the frame, find the room in a Map, loop over its sockets, stringify
// and `send` to each. It speaks Partyline's wire (create, join, send, leave) so that the load generator treats both
// alike. It is deliberately naive, and deliberately not silly: this is the honest first version, without any limit.

import type { ServerWebSocket } from "bun";

interface Seat {
  id: string;
  room: string;
}
type Socket = ServerWebSocket<Seat>;

const rooms = new Map<string, Map<string, Socket>>();
let roomsOpened = 0;

function leave(ws: Socket) {
  const room = rooms.get(ws.data.room);
  if (room === undefined) return;
  room.delete(ws.data.id);
  for (const other of room.values()) other.send(JSON.stringify({ type: "peer_left", clientId: ws.data.id }));
  if (room.size === 0) rooms.delete(ws.data.room);
  ws.data = { id: "", room: "" };
}

function take(ws: Socket, text: string) {
  const message = JSON.parse(text) as { type: string; clientId?: string; room?: string; to?: string; data?: unknown };
  const id = message.clientId ?? "";
  switch (message.type) {
    case "create": {
      const code = `R${++roomsOpened}`;
      rooms.set(code, new Map([[id, ws]]));
      ws.data = { id, room: code };
      ws.send(JSON.stringify({ type: "created", room: code }));
      break;
    }
    case "join": {
      const code = message.room ?? "";
      const room = rooms.get(code);
      if (room === undefined) {
        ws.send(JSON.stringify({ type: "error", message: "Room not found" }));
        break;
      }
      for (const other of room.values()) other.send(JSON.stringify({ type: "peer_joined", clientId: id }));
      room.set(id, ws);
      ws.data = { id, room: code };
      ws.send(JSON.stringify({ type: "joined", room: code, clients: [...room.keys()] }));
      break;
    }
    case "send":
      for (const [otherId, other] of rooms.get(ws.data.room) ?? []) {
        if (message.to ? otherId !== message.to : other === ws) continue;
        other.send(JSON.stringify({ type: "message", from: ws.data.id, data: message.data }));
      }
      break;
    case "leave":
      leave(ws);
      ws.send(JSON.stringify({ type: "left" }));
      break;
  }
}

const server = Bun.serve({
  port: Number(process.env.PORT ?? 0),
  hostname: process.env.HOST ?? "127.0.0.1",
  development: false,
  fetch(request, server) {
    return server.upgrade(request, { data: { id: "", room: "" } }) ? undefined : Response.json({ status: "ok" });
  },
  websocket: { data: {} as Seat, message: (ws, text) => take(ws, String(text)), close: leave },
});

console.log(JSON.stringify({ msg: "listening", port: server.port }));
