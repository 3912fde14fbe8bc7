// The relay one writes by hand in an evening: parse the frame, find the room in a Map, loop over its sockets, stringify
// and `send` to each. It speaks Partyline's wire (create, join, send, leave) so that the load generator treats both
// alike. It is deliberately naive, and deliberately not silly: this is the honest first version, without any limit.

import type { ServerWebSocket } from "bun";

type Socket = ServerWebSocket<{ id: string; room: string }>;

const rooms = new Map<string, Map<string, Socket>>();
let roomsOpened = 0;

function tell(ws: Socket, message: object) {
  ws.send(JSON.stringify(message));
}

function leave(ws: Socket) {
  const room = rooms.get(ws.data.room);
  if (room === undefined) return;
  room.delete(ws.data.id);
  for (const other of room.values()) tell(other, { type: "peer_left", clientId: ws.data.id });
  if (room.size === 0) rooms.delete(ws.data.room);
  ws.data = { id: "", room: "" };
}

function take(ws: Socket, text: string) {
  const { type, clientId: id = "", ...message } = JSON.parse(text);
  if (type === "create") {
    const code = `R${++roomsOpened}`;
    rooms.set(code, new Map([[id, ws]]));
    ws.data = { id, room: code };
    tell(ws, { type: "created", room: code });
  } else if (type === "join") {
    const room = rooms.get(message.room);
    if (room === undefined) return tell(ws, { type: "error", message: "Room not found" });
    for (const other of room.values()) tell(other, { type: "peer_joined", clientId: id });
    room.set(id, ws);
    ws.data = { id, room: message.room };
    tell(ws, { type: "joined", room: message.room, clients: [...room.keys()] });
  } else if (type === "send") {
    for (const [otherId, other] of rooms.get(ws.data.room) ?? []) {
      if (message.to ? otherId !== message.to : other === ws) continue;
      tell(other, { type: "message", from: ws.data.id, data: message.data });
    }
  } else if (type === "leave") {
    leave(ws);
    tell(ws, { type: "left" });
  }
}

const server = Bun.serve({
  port: Number(process.env.PORT),
  hostname: process.env.HOST ?? "",
  development: false,
  fetch(request, server) {
    return server.upgrade(request, { data: { id: "", room: "" } }) ? undefined : Response.json({ status: "ok" });
  },
  websocket: { data: {} as Socket["data"], message: (ws, text) => take(ws, String(text)), close: leave },
});

console.log(JSON.stringify({ msg: "listening", port: server.port }));
