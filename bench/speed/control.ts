// The control: what bare Bun does with a message and nobody reads it. Room, name and target stand in the URL, so that not
// one byte of a frame is looked at; a broadcast is one `publish` of the raw text, a targeted one is one `send` of it to
// the display's socket. Whatever Partyline costs above this is what its parsing, checking and bookkeeping cost.

import type { ServerWebSocket } from "bun";

interface Seat {
  room: string | null;
  isDisplay: boolean;
  toDisplay: boolean;
  /** Looked up once at open: a control that searched a map for each message would be too easy to beat. */
  target: ServerWebSocket<Seat> | null;
}

const displays = new Map<string, ServerWebSocket<Seat>>();

const server = Bun.serve({
  port: Number(process.env.PORT),
  hostname: process.env.HOST ?? "",
  development: false,
  fetch(request, server) {
    const query = new URL(request.url).searchParams;
    const [isDisplay, toDisplay] = [query.get("id") === "display", query.get("to") === "display"];
    const data: Seat = { room: query.get("room"), isDisplay, toDisplay, target: null };
    return server.upgrade(request, { data }) ? undefined : Response.json({ status: "ok" });
  },
  websocket: {
    data: {} as Seat,
    open(ws) {
      const { room, isDisplay, toDisplay } = ws.data;
      if (room === null) return; // a bare connect, for the cost of connecting alone
      if (isDisplay) displays.set(room, ws);
      if (toDisplay) ws.data.target = displays.get(room) ?? null;
      ws.subscribe(room);
    },
    message(ws, raw) {
      const { room, target } = ws.data;
      if (target !== null) target.send(raw);
      else if (room !== null) ws.publish(room, raw);
    },
  },
});

console.log(JSON.stringify({ msg: "listening", port: server.port }));
