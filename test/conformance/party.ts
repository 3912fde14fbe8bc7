// What any server that claims the party wire must do, over real sockets. A function of a URL: run it against this server, the
// bundle, or another one. It uses only what the wire offers, and changes no setting.
import { afterAll, describe, expect, test } from "bun:test";
import { Client, type Frame } from "../support/client.ts";
import { partyCrowdConformance } from "./partyCrowd.ts";
import { partyPollsConformance } from "./partyPolls.ts";

interface Party {
  readonly room: string;
  readonly tv: Client;
  readonly guests: Client[];
}

/** Registers the suite; `target` answers the ws:// URL when the tests run. @param opened opens a line to an address */
export function partyConformance(
  target: () => string,
  opened: (url: string) => Promise<Client> = Client.connect,
): void {
  const open = new Set<Client>();
  let people = 0;

  const connect = async (path = "/") => {
    const client = await opened(`${target()}${path}`);
    open.add(client);
    return client;
  };

  /** A room with its display and so many guests (`p1`, `p2`, …), all news of arrivals heard. */
  async function party(guestCount: number, more: object = {}): Promise<Party> {
    const tv = await connect();
    const { room } = await tv.ask({ type: "create", clientId: "display", maxClients: 8, ...more });
    const guests: Client[] = [];
    for (let count = 1; count <= guestCount; count++) {
      const guest = await connect();
      await guest.ask({ type: "join", clientId: `p${count}`, room });
      guests.push(guest);
    }
    for (const client of [tv, ...guests]) await client.upToFence();
    return { room: String(room), tv, guests };
  }

  const message = (from: string, data: unknown): Frame => ({ type: "message", from, data });

  afterAll(async () => {
    for (const client of open) await client.close();
  });

  describe("rooms", () => {
    test("[R1][R3] create answers a code of the alphabet", async () => {
      const tv = await connect();
      const created = await tv.ask({ type: "create", clientId: "display", maxClients: 4 });
      expect(created).toEqual({
        type: "created",
        room: created.room,
        clientId: "display",
        host: "display",
        epoch: expect.any(String),
        seq: 0,
      });
      expect(String(created.room)).toMatch(/^[A-HJ-NP-Z2-9]{4,8}$/);
    });

    test("[R4][R14] join answers the whole room, however the code is typed; the others hear of it", async () => {
      const { room, tv } = await party(1);
      const ann = await connect(`/${room}`);
      const joined = await ann.ask({
        type: "join",
        clientId: "ann",
        room: ` ${room.toLowerCase().split("").join("-")}`,
        name: "Ann",
      });
      expect(joined).toEqual({
        type: "joined",
        room,
        clients: ["display", "p1", "ann"],
        host: "display",
        peers: [{ clientId: "display" }, { clientId: "p1" }, { clientId: "ann", name: "Ann" }],
        locked: false,
        epoch: expect.any(String),
        seq: 0,
      });
      expect(await tv.next()).toEqual({ type: "peer_joined", clientId: "ann", name: "Ann" });
    });

    test("[R9][R16] leave is answered and told; the room ends with its last seat", async () => {
      const { room, tv, guests } = await party(1);
      expect(await guests[0]?.ask({ type: "leave" })).toEqual({ type: "left" });
      expect(await tv.next()).toEqual({ type: "peer_left", clientId: "p1", reason: "left" });
      expect(await tv.ask({ type: "leave" })).toEqual({ type: "left" });
      expect(await tv.ask({ type: "join", clientId: "display", room })).toMatchObject({ message: "Room not found" });
    });

    test("[R16] a lost connection is told at once", async () => {
      const { tv, guests } = await party(2);
      await guests[1]?.close();
      expect(await tv.next()).toEqual({ type: "peer_left", clientId: "p2", reason: "lost" });
      expect(await guests[0]?.next()).toEqual({ type: "peer_left", clientId: "p2", reason: "lost" });
    });

    test("[R11][P10] the same clientId takes its seat; the old line gets bye and 4000, the others hear nothing", async () => {
      const { room, tv, guests } = await party(1);
      const again = await connect();
      expect(await again.ask({ type: "join", clientId: "p1", room })).toMatchObject({ clients: ["display", "p1"] });
      expect(await guests[0]?.next()).toEqual({
        type: "bye",
        code: 4000,
        reason: "replaced",
        retry: false,
        retryAfterMs: 0,
      });
      expect(await guests[0]?.closed).toEqual({ code: 4000, reason: "replaced" });
      expect(await tv.upToFence()).toEqual([]);
      tv.send({ type: "send", to: "p1", data: "hello" });
      expect(await again.next()).toEqual(message("display", "hello"));
    });

    test("[R11] a seat taken up under another name: the others hear of it, who comes later sees it", async () => {
      const { room, tv } = await party(1);
      const again = await connect();
      await again.ask({ type: "join", clientId: "p1", room, name: "Anna B" });
      expect(await tv.upToFence()).toEqual([{ type: "peer_renamed", clientId: "p1", name: "Anna B" }]);
      expect(await again.upToFence()).toEqual([]);
      const late = await connect();
      expect(await late.ask({ type: "join", clientId: "late", room })).toMatchObject({
        peers: [{ clientId: "display" }, { clientId: "p1", name: "Anna B" }, { clientId: "late" }],
      });
    });

    test("[P11] a text ping is answered by a text pong, in a room and outside", async () => {
      const client = await connect();
      for (let round = 0; round < 12; round++) {
        client.send("ping");
        expect(await client.nextText()).toBe("pong");
      }
      const { tv, guests } = await party(1);
      tv.send("ping");
      expect(await tv.nextText()).toBe("pong");
      expect(await guests[0]?.upToFence()).toEqual([]);
      // One that is JSON stays what it was, whatever it calls itself.
      expect(await client.ask('"ping"')).toMatchObject({ code: "unknown_type" });
      expect(await client.ask({ type: "ping" })).toMatchObject({ type: "pong", t: expect.any(Number) });
    });

    test("[P2] a byte order mark before a frame is dropped, of a message too; a second one is no JSON", async () => {
      const { tv, guests } = await party(1);
      guests[0]?.send(`\uFEFF${JSON.stringify({ type: "send", data: "\uFEFFx" })}`);
      expect(await tv.next()).toEqual(message("p1", "\uFEFFx"));
      guests[0]?.sendBytes(new TextEncoder().encode('\uFEFF{"type":"ping"}'));
      expect(await guests[0]?.next()).toMatchObject({ type: "pong" });
      expect(await guests[0]?.ask(`\uFEFF\uFEFF{"type":"ping"}`)).toMatchObject({ message: "Invalid JSON" });
      expect(await guests[0]?.ask("\uFEFF".repeat(20_000))).toMatchObject({ message: "Invalid JSON" });
    });

    test("[R13] a full room, and a seat that is taken up in it all the same", async () => {
      const { room } = await party(1, { maxClients: 2 });
      const late = await connect();
      expect(await late.ask({ type: "join", clientId: "p2", room })).toMatchObject({ message: "Room is full" });
      expect(await late.ask({ type: "join", clientId: "p1", room })).toMatchObject({ type: "joined" });
    });

    test("[R15] the display is host again when it comes back", async () => {
      const { room, tv, guests } = await party(1);
      await tv.close();
      expect(await guests[0]?.next()).toEqual({ type: "peer_left", clientId: "display", reason: "lost" });
      expect(await guests[0]?.next()).toEqual({ type: "host_changed", clientId: null });
      const back = await connect();
      expect(await back.ask({ type: "join", clientId: "display", room })).toMatchObject({ host: "display" });
      expect(await guests[0]?.next()).toEqual({ type: "peer_joined", clientId: "display" });
      expect(await guests[0]?.next()).toEqual({ type: "host_changed", clientId: "display" });
    });

    test("[R17] close_room ends it for everyone with 4001, and is the host's alone", async () => {
      const { room, tv, guests } = await party(1);
      expect(await guests[0]?.ask({ type: "close_room" })).toMatchObject({ code: "not_host", request: "close_room" });
      tv.send({ type: "close_room", reason: "good night" });
      for (const client of [tv, guests[0]]) {
        expect(await client?.next()).toEqual({
          type: "bye",
          code: 4001,
          reason: "good night",
          retry: false,
          retryAfterMs: 0,
        });
        expect(await client?.closed).toEqual({ code: 4001, reason: "room closed" });
      }
      const late = await connect();
      expect(await late.ask({ type: "join", clientId: "p1", room })).toMatchObject({ message: "Room not found" });
    });

    test("[R21] leave and close_room count, sent right before the socket closes", async () => {
      const { tv, guests } = await party(2);
      guests[0]?.send({ type: "leave" });
      await guests[0]?.close();
      expect(await tv.next()).toEqual({ type: "peer_left", clientId: "p1", reason: "left" });
      tv.send({ type: "close_room" });
      await tv.close();
      expect((await guests[1]?.closed)?.code).toBe(4001);
    });

    test("[R6] create takes a free code that is asked for", async () => {
      const { room } = await party(0);
      const other = await connect();
      const taken = await other.ask({ type: "create", clientId: "x", maxClients: 2, room });
      expect(taken).toMatchObject({ code: "code_taken", message: "Room code is taken" });
    });
  });

  describe("messages", () => {
    test("[R18] to everyone else, to one, to a list, to oneself", async () => {
      const { tv, guests } = await party(2);
      tv.send({ type: "send", data: "all" });
      tv.send({ type: "send", to: "p1", data: "one" });
      tv.send({ type: "send", to: ["p2", "display"], data: "list" });
      tv.send({ type: "send", to: "display", data: "self" });
      // The sender's fence first: once it is answered, all that was sent before it has been relayed.
      expect(await tv.upToFence()).toEqual([message("display", "list"), message("display", "self")]);
      expect(await guests[0]?.upToFence()).toEqual([message("display", "all"), message("display", "one")]);
      expect(await guests[1]?.upToFence()).toEqual([message("display", "all"), message("display", "list")]);
    });

    test("[R18][P9] to someone who is not there", async () => {
      const { tv, guests } = await party(1);
      expect(await tv.ask({ type: "send", to: "nobody", data: 1 })).toMatchObject({
        message: "Target client not found",
      });
      expect(await tv.ask({ type: "send", to: ["p1", "x"], data: 2, id: "m" })).toEqual({
        type: "error",
        code: "target_not_found",
        message: "Target client not found",
        request: "send",
        id: "m",
        missing: ["x"],
        delivered: 1,
      });
      expect(await guests[0]?.next()).toEqual(message("display", 2));
    });

    test("[P3] ack says how many lines a message was handed to, and only when asked", async () => {
      const { tv } = await party(3);
      tv.send({ type: "send", data: 0 });
      expect(await tv.ask({ type: "send", data: 1, id: "m1" })).toEqual({ type: "ack", id: "m1", delivered: 3 });
      expect(await tv.ask({ type: "send", data: 1, to: "p2", id: 2 })).toEqual({ type: "ack", id: 2, delivered: 1 });
    });

    test.each(["9007199254740993", "1e400", "-0", '{"b":1,"a":2,"b":3}', '"\\ud800"', "[ 1 ]", '"é😀"', "null"])(
      "[P7] data %s arrives as it was written",
      async (data) => {
        const { tv, guests } = await party(1);
        tv.send(`{"type":"send","data":${data}}`);
        expect(await guests[0]?.nextText()).toBe(`{"type":"message","from":"display","data":${data}}`);
        tv.send(`{"to":"p1","data":${data},"type":"send"}`);
        expect(await guests[0]?.nextText()).toBe(`{"type":"message","from":"display","data":${data}}`);
      },
    );

    test("[P8] nobody speaks in another's name", async () => {
      const { tv, guests } = await party(1);
      tv.send('{"type":"send","from":"p1","data":1,"from":"p1","fr\\u006fm":"p1","seq":9}');
      tv.send('{"type":"send","data":"x","data":2,"from":"p1"}');
      tv.send('{"type":"send","data":1},"from":"p1"}');
      expect(await tv.upToFence()).toMatchObject([{ message: "Invalid JSON" }]);
      expect(await guests[0]?.upToFence()).toEqual([message("display", 1), message("display", 2)]);
    });

    test("[R19] one order for all, targeted and broadcast mixed", async () => {
      const { tv, guests } = await party(3);
      const senders = [tv, ...guests];
      for (let n = 0; n < 40; n++) {
        for (const sender of senders) sender.send({ type: "send", data: n, ...(n % 3 === 0 && { to: "p1" }) });
      }
      // A fence of each sender first: then all that was sent has been relayed.
      const heard = await Promise.all(senders.map((sender) => sender.upToFence()));
      const rest = await Promise.all(senders.map((sender) => sender.upToFence()));
      const [atTv = [], atP1 = [], atP2 = [], atP3 = []] = heard.map((frames, at) => [...frames, ...(rest[at] ?? [])]);
      const order = (frames: Frame[], without: string[]) =>
        frames.filter(({ from, data }) => !without.includes(String(from)) && Number(data) % 3 !== 0);
      expect(order(atTv, ["p1", "display"])).toEqual(order(atP1, ["p1", "display"]));
      expect(order(atP2, ["p2", "p3"])).toEqual(order(atP3, ["p2", "p3"]));
      for (const from of ["display", "p2", "p3"]) {
        expect(atP1.filter((frame) => frame.from === from).map(({ data }) => data)).toEqual(
          Array.from({ length: 40 }, (_, n) => n),
        );
      }
    });

    test("[P2] UTF-8 JSON in a binary frame is a request; the answer is text", async () => {
      const client = await connect();
      client.sendBytes(new TextEncoder().encode('{"type":"ping","id":"é"}'));
      expect(await client.next()).toMatchObject({ type: "pong", id: "é" });
      client.sendBytes(new Uint8Array([0xff, 0xfe]));
      expect(await client.next()).toMatchObject({ message: "Invalid JSON" });
    });
  });

  describe("seats that wait", () => {
    test("[R22] a secret protects a seat", async () => {
      const { room } = await party(0);
      const owner = await connect();
      await owner.ask({ type: "join", clientId: "ann", room, secret: "s1" });
      const thief = await connect();
      expect(await thief.ask({ type: "join", clientId: "ann", room })).toMatchObject({
        code: "wrong_secret",
        message: "Wrong secret",
      });
      expect(await thief.ask({ type: "join", clientId: "ann", room, secret: "s2" })).toMatchObject({
        code: "wrong_secret",
      });
      expect(await thief.ask({ type: "join", clientId: "ann", room, secret: "s1" })).toMatchObject({ type: "joined" });
      expect((await owner.closed).code).toBe(4000);
    });

    test("[R23][R52] away and back", async () => {
      const { room, tv, guests } = await party(2, { away: 60 });
      await guests[0]?.close();
      expect(await tv.next()).toEqual({ type: "peer_away", clientId: "p1", until: 10_000 });
      const back = await connect();
      const joined = await back.ask({ type: "join", clientId: "p1", room });
      expect(joined).toMatchObject({ clients: ["display", "p1", "p2"], resumed: false });
      expect(joined.missed).toBeUndefined();
      expect(await tv.next()).toEqual({ type: "peer_back", clientId: "p1" });
      const late = await connect();
      await guests[1]?.close();
      await tv.next();
      expect(await late.ask({ type: "join", clientId: "p3", room })).toMatchObject({
        peers: [{ clientId: "display" }, { clientId: "p1" }, { clientId: "p2", away: true }, { clientId: "p3" }],
      });
    });

    test("[R31][R33] a member that comes back is told exactly what it missed", async () => {
      const { room, tv, guests } = await party(2, { away: 60, history: 64 });
      const first = await tv.ask({ type: "send", data: "seen", id: 1 });
      const seen = await guests[0]?.next();
      expect(seen).toEqual({ type: "message", from: "display", data: "seen", seq: Number(first.seq) });
      await guests[0]?.close();
      await tv.next();
      tv.send('{"type":"send","data":1e400}');
      tv.send({ type: "send", to: "p2", data: "not for p1" });
      tv.send({ type: "send", to: "p1", data: "for p1" });
      await tv.ask({ type: "set_state", data: [1], id: 2 });
      const back = await connect();
      const { epoch } = await (await connect()).ask({ type: "join", clientId: "late", room });
      back.send({ type: "join", clientId: "p1", room, since: seen?.seq, epoch });
      const joined = JSON.parse(await back.nextText());
      expect(joined).toMatchObject({ type: "joined", resumed: true, state: [1] });
      expect(joined.missed).toMatchObject([
        { type: "message", from: "display", data: Number.POSITIVE_INFINITY },
        { type: "message", from: "display", data: "for p1" },
        { type: "state", data: [1] },
        { type: "peer_joined", clientId: "late" },
      ]);
      tv.send({ type: "send", data: "live" });
      expect(await back.next()).toMatchObject({ data: "live" });
    });

    test("[P13] no `joined` is larger than its client takes: what was missed is left out, and then the room is refused", async () => {
      const { room, tv, guests } = await party(6, { away: 60, history: 64 });
      const { seq } = await tv.ask({ type: "set_state", data: "漢".repeat(2_000), id: 1 });
      const first = await connect();
      const late = await first.ask({ type: "join", clientId: "late", room, secret: "s" });
      await first.close();
      await tv.upToFence();
      const back = async (more: object) => {
        const client = await connect();
        client.send({ type: "join", clientId: "late", room, secret: "s", since: late.seq, epoch: late.epoch, ...more });
        const text = await client.nextText();
        return { client, bytes: Buffer.byteLength(text), frame: JSON.parse(text) };
      };
      for (let n = 0; n < 3; n++) await tv.ask({ type: "send", data: "漢".repeat(3_000), id: "said" });
      const all = await back({});
      expect(all.frame).toMatchObject({ resumed: true, missed: { length: expect.any(Number) } });
      expect(all.bytes).toBeGreaterThan(33_000);
      const cut = await back({ maxFrame: 20_000, id: "é" });
      expect(cut.frame).toMatchObject({ resumed: false, state: "漢".repeat(2_000), id: "é" });
      expect(cut.frame.missed).toBeUndefined();
      expect(cut.bytes).toBeLessThan(20_000);
      for (const guest of guests) await guest.ask({ type: "set_player", data: "x".repeat(4_000), id: 2 });
      await Promise.all([tv, cut.client].map((client) => client.upToFence()));
      const refused = await back({ maxFrame: 20_000 });
      expect(refused.frame).toMatchObject({ type: "error", code: "max_frame_too_small", request: "join" });
      const { needs } = refused.frame;
      expect(needs).toBeGreaterThan(28_000);
      // The one that sits there was not disturbed; so large as was said, it fits.
      expect(await cut.client.upToFence()).toEqual([]);
      const fits = await back({ maxFrame: needs });
      expect(fits.frame).toMatchObject({ type: "joined", resumed: false });
      expect(needs - fits.bytes).toBeWithin(0, 300);
      expect(seq).toBeNumber();
    });

    test("[P14] a relayed frame has at most 320 bytes more than the one that brought it", async () => {
      const { room, tv } = await party(0, { history: 8 });
      const clientId = "🎲".repeat(64);
      const guest = await connect();
      await guest.ask({ type: "join", clientId, room });
      await tv.next();
      const sent = `{"type":"send","data":"${"漢".repeat(16_000)}"}`;
      guest.send(sent);
      const more = Buffer.byteLength(await tv.nextText()) - Buffer.byteLength(sent);
      expect(more).toBeWithin(260, 320);
    });

    test("[R33] with another epoch there is nothing but the picture", async () => {
      const { room } = await party(1, { away: 60, history: 8 });
      const back = await connect();
      const joined = await back.ask({ type: "join", clientId: "p1", room, since: 1, epoch: "another" });
      expect([joined.resumed, joined.missed]).toEqual([false, undefined]);
    });
  });

  describe("what is kept", () => {
    test("[R36] the state, as the text it was", async () => {
      const { room, tv, guests } = await party(1, { state: { round: 1 } });
      tv.send('{"type":"set_state","data":{"big":9007199254740993}}');
      expect(await guests[0]?.nextText()).toBe('{"type":"state","data":{"big":9007199254740993}}');
      const late = await connect();
      late.send({ type: "join", clientId: "late", room });
      expect(await late.nextText()).toContain('"state":{"big":9007199254740993}');
      expect(await tv.ask({ type: "set_state", data: "x".repeat(16 * 1024) })).toMatchObject({ type: "peer_joined" });
      expect(await tv.next()).toMatchObject({ code: "too_large", message: "Data is too large", request: "set_state" });
      expect(await guests[0]?.ask({ type: "set_state", data: 1 })).toMatchObject({ type: "peer_joined" });
      expect(await guests[0]?.next()).toMatchObject({ code: "not_host" });
    });

    test("[R37] a member's own data", async () => {
      const { room, tv, guests } = await party(1);
      expect(await guests[0]?.ask({ type: "set_player", data: { hat: "red" }, id: 1 })).toEqual({
        type: "ack",
        id: 1,
        delivered: 1,
      });
      expect(await tv.next()).toEqual({ type: "player", clientId: "p1", data: { hat: "red" } });
      const late = await connect();
      expect(await late.ask({ type: "join", clientId: "late", room })).toMatchObject({
        peers: [{}, { clientId: "p1", player: { hat: "red" } }, {}],
      });
      const large = await guests[0]?.ask({ type: "set_player", data: "x".repeat(4 * 1024) });
      expect([large?.type, (await guests[0]?.next())?.code]).toEqual(["peer_joined", "too_large"]);
    });
  });

  describe("the host", () => {
    test("[R38] locks the room, and opens it again", async () => {
      const { room, tv, guests } = await party(1, { away: 60 });
      tv.send({ type: "lock", locked: true });
      expect(await tv.next()).toEqual({ type: "room_locked", locked: true });
      expect(await guests[0]?.next()).toEqual({ type: "room_locked", locked: true });
      const late = await connect();
      expect(await late.ask({ type: "join", clientId: "late", room })).toMatchObject({
        code: "room_locked",
        message: "Room is locked",
      });
      await guests[0]?.close();
      await tv.next();
      expect(await late.ask({ type: "join", clientId: "p1", room })).toMatchObject({ type: "joined", locked: true });
    });

    test("[R39] puts a member out", async () => {
      const { room, tv, guests } = await party(2);
      tv.send({ type: "kick", clientId: "p1", reason: "rude" });
      expect(await guests[0]?.next()).toEqual({
        type: "bye",
        code: 4002,
        reason: "rude",
        retry: false,
        retryAfterMs: 0,
      });
      expect(await guests[0]?.closed).toEqual({ code: 4002, reason: "kicked" });
      expect(await guests[1]?.next()).toEqual({ type: "peer_left", clientId: "p1", reason: "kicked" });
      const back = await connect();
      expect(await back.ask({ type: "join", clientId: "p1", room })).toMatchObject({ code: "banned" });
    });

    test("[R40] hands the role over", async () => {
      const { tv, guests } = await party(1);
      tv.send({ type: "make_host", clientId: "p1" });
      expect(await tv.next()).toEqual({ type: "host_changed", clientId: "p1" });
      expect(await guests[0]?.next()).toEqual({ type: "host_changed", clientId: "p1" });
      expect(await tv.ask({ type: "lock", locked: true })).toMatchObject({ code: "not_host" });
    });

    test("[R41] migrates, where the room was made so", async () => {
      const { tv, guests } = await party(2, { hostGone: "migrate" });
      await tv.close();
      expect(await guests[1]?.next()).toMatchObject({ type: "peer_left", clientId: "display" });
      expect(await guests[1]?.next()).toEqual({ type: "host_changed", clientId: "p1" });
    });
  });

  describe("beside seats", () => partyCrowdConformance({ connect, party }));

  partyPollsConformance({ connect, party });

  describe("errors", () => {
    test("[R10][P5] checks come in the order of the first wire", async () => {
      const { tv, room } = await party(0);
      expect(await tv.ask({ type: "create" })).toMatchObject({ message: "Already in a room" });
      expect(await tv.ask({ type: "join" })).toMatchObject({ message: "Already in a room" });
      const client = await connect();
      expect(await client.ask({ type: "create" })).toMatchObject({ message: "clientId is required" });
      expect(await client.ask({ type: "create", clientId: "a" })).toMatchObject({
        message: "maxClients must be a positive number",
      });
      expect(await client.ask({ type: "join", room })).toMatchObject({ message: "clientId is required" });
      expect(await client.ask({ type: "join", clientId: "a" })).toMatchObject({ message: "room is required" });
      expect(await client.ask({ type: "join", clientId: "a", room: "nope" })).toMatchObject({
        message: "Room not found",
      });
      expect(await client.ask({ type: "send" })).toMatchObject({ message: "Not in a room" });
      expect(await client.ask({ type: "leave" })).toMatchObject({ message: "Not in a room" });
    });

    test("[P2][P4] what is no request is told so, and the line lives on", async () => {
      const client = await connect();
      expect(await client.ask("null")).toEqual({
        type: "error",
        code: "unknown_type",
        message: "Unknown message type",
      });
      expect(await client.ask("[]")).toMatchObject({ message: "Unknown message type" });
      expect(await client.ask("5")).toMatchObject({ message: "Unknown message type" });
      expect(await client.ask("{")).toEqual({ type: "error", code: "invalid_json", message: "Invalid JSON" });
      expect(await client.ask({ type: "dance", id: 1 })).toMatchObject({
        message: "Unknown message type",
        request: "dance",
        id: 1,
      });
      expect(await client.ask({ type: "ping" })).toMatchObject({ type: "pong" });
    });

    test("[P3] an error carries the id of its request", async () => {
      const client = await connect();
      expect(await client.ask({ type: "join", clientId: "a", room: "nope", id: "j1" })).toEqual({
        type: "error",
        code: "room_not_found",
        message: "Room not found",
        request: "join",
        id: "j1",
      });
    });
  });

  test("[P11] ping is answered with the server's clock, outside a room and inside", async () => {
    const client = await connect();
    const { t } = await client.ask({ type: "ping" });
    expect(Math.abs(Number(t) - Date.now())).toBeLessThan(3_600_000);
    await client.ask({ type: "create", clientId: `solo-${++people}`, maxClients: 1 });
    expect(await client.ask({ type: "ping", id: 5 })).toMatchObject({ type: "pong", id: 5 });
  });
}
