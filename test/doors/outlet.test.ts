// What the outlet counts as a change: all that a snapshot written meanwhile would hold. Alone, over sockets that are none.
import { expect, test } from "bun:test";
import { Dialects } from "../../src/dialects/index.ts";
import type { SocketLine } from "../../src/doors/line.ts";
import { SocketOutlet } from "../../src/doors/outlet.ts";
import type { Counts } from "../../src/metrics.ts";
import type { Event } from "../../src/protocol/events.ts";
import type { Room } from "../../src/rooms/room.ts";

const ROOM = { code: "ABCD", wire: "party", wireData: null, here: 2 } as Room;
const ANN = { clientId: "ann", index: 1, messageHead: null };

function stage() {
  const dialects = new Dialects("party", { instance: "test", region: "" });
  const counts = { messagesOut: 0, bytesOut: 0 };
  const outlet = new SocketOutlet(counts as Counts, dialects);
  const socket = { subscribe() {}, unsubscribe() {}, publish: (_: string, text: string) => text.length };
  const line = { isOpen: true, socket, ownTopic: null, dialect: dialects.named("party") } as unknown as SocketLine;
  /** By how much the count goes up when it is told in each of the ways there are. */
  function changesOf(event: Event): number[] {
    const ways = [
      () => outlet.tellRoom(ROOM, event, null, 1),
      () => outlet.tellRoom(ROOM, event, line, 1),
      () => outlet.tellOne(line, ROOM, event, 1),
      () => outlet.tellSome([line], ROOM, event, 1),
    ];
    return ways.map((tell) => {
      const before = outlet.changes;
      tell();
      return outlet.changes - before;
    });
  }
  return { outlet, counts, line, changesOf };
}

test("[R48] a message is told and changes nothing that is written down", () => {
  const { counts, changesOf } = stage();
  expect(changesOf({ kind: "message", from: ANN, body: '"hello"' })).toEqual([0, 0, 0, 0]);
  expect(counts.messagesOut).toBe(2 + 1 + 1 + 1);
});

test("[R48] whatever else a room is told may change it; so does who comes and goes", () => {
  const { outlet, line, changesOf } = stage();
  const events: Event[] = [
    { kind: "state", body: "{}" },
    { kind: "player", clientId: "ann", body: "{}" },
    { kind: "roomLocked", locked: true },
    { kind: "hostChanged", clientId: "ann" },
    { kind: "peerLeft", clientId: "ann", index: 1, reason: "left" },
  ];
  for (const event of events) expect(changesOf(event)).toEqual([1, 1, 1, 1]);
  const before = outlet.changes;
  outlet.enter(line, ROOM);
  outlet.quit(line, ROOM);
  expect(outlet.changes - before).toBe(2);
});
