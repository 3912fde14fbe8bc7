// What any server that claims the party2 wire must do, over real sockets. A function of a URL: run it against this server, the
// bundle, or another one. It uses only what the wire offers, and changes no setting.
import { afterAll, describe, expect, test } from "bun:test";
import { Client, type Frame } from "../support/client.ts";

interface Party {
  readonly room: string;
  readonly tv: Client;
  readonly phones: readonly [Client, ...Client[]];
}

const TEMPLATE = "https://{instance}.game.example/join/{room}?on={instance}";
/** What no frame of this wire may hold: the keys to seats. */
const SECRET = "secret-key";

/** Registers the suite; `target` answers the ws:// URL, path included, when the tests run. */
export function party2Conformance(target: () => string): void {
  const open = new Set<Client>();

  const connect = async () => {
    const client = await Client.connect(target());
    open.add(client);
    return client;
  };

  afterAll(async () => {
    for (const client of open) await client.close();
  });

  const error = (message: string): Frame => ({ type: "error", message });

  /** All frames up to the answer to a request that nobody knows: what the server had for this client by then. */
  async function upToFence(client: Client): Promise<Frame[]> {
    client.send({ type: "fence" });
    const frames: Frame[] = [];
    for (;;) {
      const frame = await client.next();
      if (frame.message === "Unknown message type") return frames;
      frames.push(frame);
    }
  }

  const join = async (room: string, clientId: string): Promise<[Client, Frame]> => {
    const client = await connect();
    return [client, await client.ask({ type: "join", clientId, room })];
  };

  /** A room with its display and so many phones (indexes 1, 2, …), all news of arrivals heard. */
  async function party(count: number, more: object = {}): Promise<Party> {
    const tv = await connect();
    const { room } = await tv.ask({ type: "create", clientId: "display", maxClients: 8, ...more });
    const phones: Client[] = [];
    for (let n = 1; n <= count; n++) phones.push((await join(String(room), `${SECRET}-${n}`))[0]);
    for (const client of [tv, ...phones]) await upToFence(client);
    const [first = tv, ...others] = phones;
    return { room: String(room), tv, phones: [first, ...others] };
  }

  describe("rooms", () => {
    test("[Q2] create answers the room, where it is, and index 0", async () => {
      const tv = await connect();
      const created = await tv.ask({ type: "create", clientId: "display", maxClients: 4 });
      const { room, instance, region } = created;
      expect(created).toEqual({ type: "created", room, instance, region, index: 0 });
      expect([typeof instance, typeof region]).toEqual(["string", "string"]);
      expect(String(room)).toMatch(/^[1-9A-HJ-NP-Za-km-z]{6}$/);
    });

    test("[Q2][Q5] join answers an index and the others' indexes; they hear of it", async () => {
      const { room, tv, phones } = await party(1);
      const [, joined] = await join(` ${room.slice(0, 3)}-${room.slice(3)}`, `${SECRET}-2`);
      expect(joined).toEqual({ type: "joined", room, index: 2, peers: [0, 1] });
      expect(await tv.next()).toEqual({ type: "peer_joined", index: 2 });
      expect(await phones[0].next()).toEqual({ type: "peer_joined", index: 2 });
    });

    test("[Q5] a lost connection is told at once; its clientId finds its index again", async () => {
      const { room, tv, phones } = await party(2);
      await phones[0].close();
      expect(await tv.next()).toEqual({ type: "peer_left", index: 1 });
      const [, third] = await join(room, `${SECRET}-3`);
      expect(third).toEqual({ type: "joined", room, index: 3, peers: [0, 2] });
      const [, back] = await join(room, `${SECRET}-1`);
      expect(back).toEqual({ type: "joined", room, index: 1, peers: [0, 2, 3] });
      expect(await upToFence(tv)).toEqual([
        { type: "peer_joined", index: 3 },
        { type: "peer_joined", index: 1 },
      ]);
    });

    test("[Q5] an index that was given up is not given again", async () => {
      const { room, tv, phones } = await party(1);
      phones[0].send({ type: "leave" });
      expect(await tv.next()).toEqual({ type: "peer_left", index: 1 });
      expect(await upToFence(phones[0])).toEqual([]);
      expect(await phones[0].ask({ type: "send", data: 1 })).toEqual(error("Not in a room"));
      expect(await phones[0].ask({ type: "join", clientId: `${SECRET}-1`, room })).toMatchObject({ index: 2 });
    });

    test("[Q5] the same clientId takes its seat from an open line: 4000, and the others hear nothing", async () => {
      const { room, tv, phones } = await party(2);
      const [again, joined] = await join(room, `${SECRET}-1`);
      expect(joined).toEqual({ type: "joined", room, index: 1, peers: [0, 2] });
      expect(await phones[0].closed).toEqual({ code: 4000, reason: "replaced" });
      expect(await upToFence(tv)).toEqual([]);
      tv.send({ type: "send", to: 1, data: "hello" });
      expect(await again.next()).toEqual({ type: "message", from: 0, data: "hello" });
    });

    test("[Q5] no frame holds a clientId", async () => {
      const { room, tv, phones } = await party(2);
      const told: string[] = [];
      const [again] = await join(room, `${SECRET}-2`);
      again.send({ type: "send", data: 1 });
      await phones[0].close();
      again.send({ type: "leave" });
      for (let count = 0; count < 3; count++) told.push(await tv.nextText());
      expect(told).toEqual([
        '{"type":"message","from":2,"data":1}',
        '{"type":"peer_left","index":1}',
        '{"type":"peer_left","index":2}',
      ]);
      expect(told.join()).not.toContain(SECRET);
    });

    test("[Q7] connected members count: a full room, a free place, and a member that finds its place taken", async () => {
      const { room, tv, phones } = await party(1, { maxClients: 2 });
      const [late, answer] = await join(room, `${SECRET}-2`);
      expect(answer).toEqual(error("Room is full"));
      await phones[0].close();
      expect(await tv.next()).toEqual({ type: "peer_left", index: 1 });
      expect(await late.ask({ type: "join", clientId: `${SECRET}-2`, room })).toMatchObject({ index: 2 });
      const [back, refused] = await join(room, `${SECRET}-1`);
      expect(refused).toEqual(error("Room is full"));
      // A takeover of an open line needs no place of its own.
      const [, taken] = await join(room, `${SECRET}-2`);
      expect(taken).toMatchObject({ index: 2 });
      expect(await tv.next()).toEqual({ type: "peer_joined", index: 2 });
      expect(await back.ask({ type: "send", data: 1 })).toEqual(error("Not in a room"));
    });

    test("[Q8] the display finds index 0 and its role again", async () => {
      const { room, tv, phones } = await party(1);
      await tv.close();
      expect(await phones[0].next()).toEqual({ type: "peer_left", index: 0 });
      expect(await phones[0].ask({ type: "close_room" })).toEqual(error("Only the host can close the room"));
      const [back, joined] = await join(room, "display");
      expect(joined).toEqual({ type: "joined", room, index: 0, peers: [1] });
      expect(await phones[0].next()).toEqual({ type: "peer_joined", index: 0 });
      back.send({ type: "set_state", data: 1 });
      expect(await phones[0].next()).toEqual({ type: "state", data: 1 });
    });

    test("[Q8] close_room ends it for everyone with 4001 and no frame, and is the host's alone", async () => {
      const { room, tv, phones } = await party(1);
      expect(await phones[0].ask({ type: "close_room" })).toEqual(error("Only the host can close the room"));
      tv.send({ type: "close_room" });
      for (const client of [tv, phones[0]]) {
        expect(await client.closed).toEqual({ code: 4001, reason: "room closed" });
        await expect(client.next()).rejects.toThrow("closed while waiting");
      }
      expect((await join(room, `${SECRET}-1`))[1]).toEqual(error("Room not found"));
    });

    test("[R21] close_room counts, sent right before the socket closes", async () => {
      const { tv, phones } = await party(1);
      tv.send({ type: "close_room" });
      await tv.close();
      expect((await phones[0].closed).code).toBe(4001);
    });
  });

  describe("messages", () => {
    test("[R18] to everyone else, to one, to oneself", async () => {
      const { tv, phones } = await party(2);
      tv.send({ type: "send", data: "all" });
      tv.send({ type: "send", to: 1, data: "one" });
      tv.send({ type: "send", to: 0, data: "self" });
      phones[0].send({ type: "send", to: 0, data: "back" });
      expect(await upToFence(phones[0])).toEqual([
        { type: "message", from: 0, data: "all" },
        { type: "message", from: 0, data: "one" },
      ]);
      expect(await tv.next()).toEqual({ type: "message", from: 0, data: "self" });
      expect(await tv.next()).toEqual({ type: "message", from: 1, data: "back" });
      expect(await phones[1]?.next()).toEqual({ type: "message", from: 0, data: "all" });
      expect(await upToFence(tv)).toEqual([]);
    });

    test.each(["null", '""', '"1"', "1.5", "-1", "7", "true", "[1]", "{}", "1e400", "9007199254740993"])(
      "[Q6] to %s is no peer",
      async (to) => {
        const { tv } = await party(1);
        expect(await tv.ask(`{"type":"send","to":${to},"data":1}`)).toEqual(error("Target peer not found"));
      },
    );

    test("[Q6] nor is one that is not connected, until it is back", async () => {
      const { room, tv, phones } = await party(1);
      await phones[0].close();
      expect(await tv.next()).toEqual({ type: "peer_left", index: 1 });
      expect(await tv.ask({ type: "send", to: 1, data: 1 })).toEqual(error("Target peer not found"));
      const [back] = await join(room, `${SECRET}-1`);
      expect(await tv.next()).toEqual({ type: "peer_joined", index: 1 });
      tv.send({ type: "send", to: 1, data: 2 });
      expect(await back.next()).toEqual({ type: "message", from: 0, data: 2 });
    });

    test.each(["9007199254740993", "1e400", "-0", '{"b":1,"a":2,"b":3}', '"\\ud800"', "[ 1 ]", '"é😀"', "null"])(
      "[P7][Q6] data %s arrives as it was written",
      async (data) => {
        const { tv, phones } = await party(1);
        const frame = `{"type":"message","from":0,"data":${data}}`;
        for (const head of ['{"type":"send",', '{"type":"send","to":1,', '{"to":1,"type":"send",']) {
          tv.send(`${head}"data":${data}}`);
          expect(await phones[0].nextText()).toBe(frame);
        }
      },
    );

    test("[P8] nobody speaks in another's name", async () => {
      const { tv, phones } = await party(1);
      tv.send('{"type":"send","from":1,"data":1,"from":1,"fr\\u006fm":1}');
      tv.send('{"type":"send","data":"x","data":2,"from":1}');
      expect(await tv.ask('{"type":"send","data":1},"from":1}')).toEqual(error("Invalid JSON"));
      expect(await upToFence(phones[0])).toEqual([
        { type: "message", from: 0, data: 1 },
        { type: "message", from: 0, data: 2 },
      ]);
    });

    test("[R19] one order for all, targeted and broadcast mixed", async () => {
      const { tv, phones } = await party(2);
      for (let n = 0; n < 60; n++) tv.send({ type: "send", data: n, ...(n % 3 === 0 && { to: 1 }) });
      expect(await upToFence(tv)).toEqual([]);
      expect((await upToFence(phones[0])).map(({ data }) => data)).toEqual(Array.from({ length: 60 }, (_, n) => n));
    });
  });

  describe("state", () => {
    test("[Q6] is told to the others, and to who joins right after `joined`", async () => {
      const { room, tv, phones } = await party(1);
      tv.send('{"type":"set_state","data":{"round":1e400}}');
      expect(await phones[0].nextText()).toBe('{"type":"state","data":{"round":1e400}}');
      const [late, joined] = await join(room, `${SECRET}-2`);
      expect(joined).toEqual({ type: "joined", room, index: 2, peers: [0, 1] });
      expect(await late.nextText()).toBe('{"type":"state","data":{"round":1e400}}');
      expect(await upToFence(tv)).toEqual([{ type: "peer_joined", index: 2 }]);
    });

    test("[Q6] null is a value; no data is none; 16 KiB of UTF-8 is the most", async () => {
      const { tv, phones } = await party(1);
      tv.send({ type: "set_state", data: null });
      expect(await phones[0].nextText()).toBe('{"type":"state","data":null}');
      expect(await tv.ask({ type: "set_state" })).toEqual(error("State data is required"));
      tv.send({ type: "set_state", data: "é".repeat(8191) });
      expect(await phones[0].next()).toMatchObject({ type: "state" });
      expect(await tv.ask({ type: "set_state", data: `${"é".repeat(8191)}x` })).toEqual(error("State too large"));
      expect(await phones[0].ask({ type: "set_state", data: 1 })).toEqual(error("Only the host can set state"));
    });
  });

  describe("the link", () => {
    test("[Q9] is given back filled in, on created and on joined", async () => {
      const tv = await connect();
      const created = await tv.ask({ type: "create", clientId: "display", maxClients: 4, url: TEMPLATE });
      const { room, instance } = created;
      const url = `https://${instance}.game.example/join/${room}?on=${instance}`;
      expect(created.url).toBe(url);
      expect((await join(String(room), "p"))[1]).toEqual({ type: "joined", room, index: 1, peers: [0], url });
    });

    test.each([
      [5, "url must be a string"],
      [`https://x.example/${"é".repeat(248)}`, "url too large"],
      ["https://x.example/a b", "url must not contain spaces or control characters"],
      ["https://x.example/{code}", "Unknown url placeholder: {code}"],
      ["https://x.example/{room", "url has an unmatched placeholder brace"],
      ["x.example/{room}", "url is not a valid URL"],
      ["http://x.example/{room}", "url must be an https URL"],
    ])("[Q9] %p is refused", async (url, message) => {
      const tv = await connect();
      expect(await tv.ask({ type: "create", clientId: "display", maxClients: 4, url })).toEqual(error(message));
    });
  });

  describe("errors", () => {
    test("[P5][Q3] checks come in the order of the first wire", async () => {
      const { tv, room } = await party(0);
      for (const type of ["create", "join"]) expect(await tv.ask({ type })).toEqual(error("Already in a room"));
      const client = await connect();
      const steps: [Frame, string][] = [
        [{ type: "create" }, "clientId is required"],
        [{ type: "create", clientId: "x".repeat(65), maxClients: 1 }, "clientId is required"],
        [{ type: "create", clientId: "a" }, "maxClients must be a positive number"],
        [{ type: "create", clientId: "a", maxClients: 1e9 }, "maxClients must be a positive number"],
        [{ type: "create", clientId: "a", maxClients: 0, url: 5 }, "maxClients must be a positive number"],
        [{ type: "join", room }, "clientId is required"],
        [{ type: "join", clientId: "a" }, "room is required"],
        [{ type: "join", clientId: "a", room: "" }, "room is required"],
        [{ type: "join", clientId: "a", room: "nope" }, "Room not found"],
        ...["send", "set_state", "close_room", "leave"].map((type): [Frame, string] => [{ type }, "Not in a room"]),
      ];
      for (const [frame, message] of steps) expect(await client.ask(frame)).toEqual(error(message));
    });

    test("[P2][Q3] what is no request is told so, and the line lives on", async () => {
      const client = await connect();
      for (const text of ["{", '{"type":"send","data":']) expect(await client.ask(text)).toEqual(error("Invalid JSON"));
      const unknown = ["null", "[]", "5", "{}", '{"type":"ping"}', '{"type":"kick","id":1}', '{"type":"toString"}'];
      for (const text of unknown) expect(await client.ask(text)).toEqual(error("Unknown message type"));
      const nested = `${"[".repeat(2_000)}${"]".repeat(2_000)}`;
      await client.ask({ type: "create", clientId: "a", maxClients: 1 });
      expect(await client.ask(`{"type":"send","data":${nested}}`)).toEqual(error("Invalid JSON"));
      expect(await client.ask(`{"type":"set_state","data":${nested}}`)).toEqual(error("Invalid JSON"));
      client.send({ type: "leave" });
      expect(await upToFence(client)).toEqual([]);
    });
  });
}
