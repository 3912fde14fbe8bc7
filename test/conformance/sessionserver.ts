// What any server that claims the sessionserver wire must do, over real sockets. A function of a URL: run it against this server, the
// bundle, or the npm package itself (0.2.5), with its differences switched off. Clients match text, so nearly every frame is compared
// as text. Ids count up over a server's life: only their distances are used, so nobody else may use the server meanwhile.
import { afterAll, describe, expect, test } from "bun:test";
import { Client } from "../support/client.ts";

/** Where servers differ. The defaults are this server's; the package has none of the first three. */
export interface Options {
  /** Unknown commands and unreadable frames are answered 9 [V17][V18]; the package is silent. */
  readonly unknownCommandsAreAnswered?: boolean;
  /** A refused update is told to its sender alone [V10]; the package also tells everyone the old data again. */
  readonly refusedUpdatesAreDropped?: boolean;
  /** `sessionData` and `playerData` are taken besides `session` and `player` [V16]; the package does not know them. */
  readonly bothNamingsAreTaken?: boolean;
  /** No session was there when the suite began: joining -1 finds none [V6]. */
  readonly isFresh?: boolean;
  /** What a fence is: an unknown command, or a join that can only fail. Never await a 5 or 7 of one's own behind the latter. */
  readonly fence?: "unknown" | "join";
}

type Data = Readonly<Record<string, unknown>>;

interface Member {
  readonly client: Client;
  readonly id: number;
}

interface Session {
  readonly id: number;
  /** In the order they came in; the first is the creator. */
  readonly members: readonly [Member, Member, ...Member[]];
}

const SESSION = { map: "castle", rules: { lives: 3, timed: false } };
const PLAYER = { name: "?", pos: { x: -1, y: -1 } };
const CREATE = { command: "createSession", session: SESSION, player: PLAYER };
const LEAVE = { command: "leaveSession" };

const named = (name: string): Data => ({ name, pos: { x: 1, y: 2 } });
const update = (player: unknown) => ({ command: "updatePlayer", player });
const reset = (session: unknown, player: unknown) => ({ command: "updateSession", session, player });
const join = (sessionID: unknown) => ({ command: "joinSession", sessionID });

// The frames a server sends, as text: the order of the members counts.
const refused = (command: string, error: number) => JSON.stringify({ command, error });
const sessionJoin = (sessionID: number, playerID: number, session: unknown, player: unknown) =>
  JSON.stringify({ command: "sessionJoin", error: 0, sessionID, playerID, session, player });
const playerJoin = ({ id }: Member, player: unknown = PLAYER) =>
  JSON.stringify({ command: "playerJoin", error: 0, playerID: id, player });
const playerUpdate = ({ id }: Member, player: unknown) =>
  JSON.stringify({ command: "playerUpdate", error: 0, playerID: id, player });
const playerLeave = ({ id }: Member) => JSON.stringify({ command: "playerLeave", error: 0, playerID: id });
const sessionUpdate = (session: unknown, player: unknown) =>
  JSON.stringify({ command: "sessionUpdate", error: 0, session, player });
const LEFT = '{"command":"sessionLeave","error":0}';
const MISMATCH = refused("playerUpdate", 4);

/** Registers the suite; `target` answers the ws:// URL, path included, when the tests run. */
export function sessionserverConformance(target: () => string, options: Options = {}): void {
  const { unknownCommandsAreAnswered = true, refusedUpdatesAreDropped = true, bothNamingsAreTaken = true } = options;
  const { isFresh = true, fence = unknownCommandsAreAnswered ? "unknown" : "join" } = options;
  const open = new Set<Client>();
  let fences = 0;

  const connect = async () => {
    const client = await Client.connect(target());
    open.add(client);
    return client;
  };

  afterAll(async () => {
    for (const client of open) await client.close();
  });

  const ask = (client: Client, frame: object | string): Promise<string> => {
    client.send(frame);
    return client.nextText();
  };

  /** All frames up to the answer to a request that changes nothing: what the server had for this client by then. */
  async function upToFence(client: Client): Promise<string[]> {
    const command = `fence-${++fences}`;
    client.send(fence === "unknown" ? { command } : join(command));
    const answers =
      fence === "unknown" ? [refused(command, 9)] : [refused("sessionJoin", 5), refused("sessionJoin", 7)];
    const frames: string[] = [];
    for (;;) {
      const frame = await client.nextText();
      if (answers.includes(frame)) return frames;
      frames.push(frame);
    }
  }

  /** What each of them was told after all that any of them had sent. */
  async function heardBy(clients: readonly Client[]): Promise<string[][]> {
    const heard: string[][] = [];
    for (const client of clients) heard.push(await upToFence(client));
    for (const [index, client] of clients.entries()) heard[index]?.push(...(await upToFence(client)));
    return heard;
  }

  /** Creates a session, or joins one: the session's id, and who the client is in it. */
  async function enter(client: Client, frame: object): Promise<[sessionID: number, member: Member]> {
    const { error, sessionID, playerID } = JSON.parse(await ask(client, frame));
    expect({ error, ids: [typeof sessionID, typeof playerID] }).toEqual({ error: 0, ids: ["number", "number"] });
    return [sessionID, { client, id: playerID }];
  }

  /** A session of so many members (two at least), all news of arrivals heard. */
  async function gather(count = 2, create: object = CREATE): Promise<Session> {
    const [id, first] = await enter(await connect(), create);
    const [, second] = await enter(await connect(), join(id));
    const others: Member[] = [];
    while (others.length < count - 2) others.push((await enter(await connect(), join(id)))[1]);
    for (const { client } of [first, second, ...others]) await upToFence(client);
    return { id, members: [first, second, ...others] };
  }

  const clientsOf = ({ members }: Session) => members.map(({ client }) => client);

  describe("sessions", () => {
    // First of all: once there is a session, only a server of its own could tell.
    test.if(isFresh)("[V6] joining -1 where there is no session answers 6", async () => {
      expect(await ask(await connect(), join(-1))).toBe(refused("sessionJoin", 6));
    });

    test("[V1][V3] create joins its creator: ids, the session's data, the player's defaults", async () => {
      const client = await connect();
      const text = await ask(client, CREATE);
      const { sessionID, playerID } = JSON.parse(text);
      expect(text).toBe(sessionJoin(sessionID, playerID, SESSION, PLAYER));
      expect(Number.isSafeInteger(sessionID) && sessionID >= 0).toBe(true);
      expect(Number.isSafeInteger(playerID) && playerID >= 0).toBe(true);
      expect(await upToFence(client)).toEqual([]);
    });

    test("[V2] playerIDs are given at connect, one up each, also to lines that never join", async () => {
      const first = await connect();
      await connect();
      const third = await connect();
      const [, late] = await enter(third, CREATE);
      const [, early] = await enter(first, CREATE);
      expect(late.id).toBe(early.id + 2);
    });

    test("[V2] sessionIDs are given at create, one up each; a refused create uses none", async () => {
      const [one, two] = [await connect(), await connect()];
      const [first] = await enter(one, CREATE);
      expect(await ask(one, CREATE)).toBe(refused("sessionJoin", 4));
      expect((await enter(two, CREATE))[0]).toBe(first + 1);
      expect(await ask(one, LEAVE)).toBe(LEFT);
      expect((await enter(one, CREATE))[0]).toBe(first + 2);
    });

    test("[V3] ids that a create brings along are ignored", async () => {
      const client = await connect();
      const [id, { id: playerID }] = await enter(client, { ...CREATE, sessionID: 1e6, playerID: 1e6 });
      expect(id).toBeLessThan(1e6);
      expect(playerID).toBeLessThan(1e6);
    });

    test("[V3] data that a create leaves out is empty", async () => {
      const client = await connect();
      const [id, { id: playerID }] = await enter(client, { command: "createSession" });
      expect(await ask(client, LEAVE)).toBe(LEFT);
      const { player: _, ...bare } = CREATE;
      expect(await ask(client, bare)).toBe(sessionJoin(id + 1, playerID, SESSION, {}));
      expect(await ask(client, LEAVE)).toBe(LEFT);
      expect(await ask(client, { command: "createSession" })).toBe(sessionJoin(id + 2, playerID, {}, {}));
    });

    test("[V4] the joiner gets its answer, then each member present in the order they came; they hear of it once", async () => {
      const session = await gather(3);
      const [first, second, third] = session.members;
      const client = await connect();
      const [, { id }] = await enter(client, join(session.id));
      const told = [first, second, ...(third === undefined ? [] : [third])].map((member) => playerJoin(member));
      expect(await upToFence(client)).toEqual(told);
      const news = [playerJoin({ client, id })];
      expect(await heardBy(clientsOf(session))).toEqual([news, news, news]);
    });

    test("[V1][V4] the answer to a join holds the session's data and the player's defaults", async () => {
      const { id, members } = await gather();
      await ask(members[0].client, update(named("A")));
      const client = await connect();
      const text = await ask(client, join(id));
      expect(text).toBe(sessionJoin(id, JSON.parse(text).playerID, SESSION, PLAYER));
      expect(await upToFence(client)).toEqual([playerJoin(members[0], named("A")), playerJoin(members[1])]);
    });

    test("[V4] who lies earlier by playerID but came later is told later", async () => {
      const early = await connect();
      const { id, members } = await gather();
      const [, member] = await enter(early, join(id));
      expect(member.id).toBeLessThan(members[0].id);
      await upToFence(early);
      const late = await connect();
      await enter(late, join(id));
      expect(await upToFence(late)).toEqual([...members, member].map((one) => playerJoin(one)));
    });

    test("[V5] -1 joins the session created last", async () => {
      await gather();
      const { id, members } = await gather();
      const client = await connect();
      const text = await ask(client, join(-1));
      expect(text).toBe(sessionJoin(id, JSON.parse(text).playerID, SESSION, PLAYER));
      expect(await upToFence(client)).toEqual(members.map((member) => playerJoin(member)));
    });

    test("[V5] when that one has ended, -1 finds no other: 7", async () => {
      const { id, members } = await gather();
      const client = await connect();
      const [last] = await enter(client, CREATE);
      expect(last).toBe(id + 1);
      expect(await ask(client, LEAVE)).toBe(LEFT);
      expect(await ask(client, join(-1))).toBe(refused("sessionJoin", 7));
      expect(await upToFence(members[0].client)).toEqual([]);
    });

    test("[V7] create while in a session answers 4, and one stays in it", async () => {
      const { members } = await gather();
      expect(await ask(members[1].client, CREATE)).toBe(refused("sessionJoin", 4));
      members[0].client.send(update(named("A")));
      expect(await members[1].client.nextText()).toBe(playerUpdate(members[0], named("A")));
    });

    test("[V7] join while in a session answers 5, whichever it is: another, the newest, one's own, none", async () => {
      const other = await gather();
      const { id, members } = await gather();
      const { client } = members[1];
      for (const wanted of [other.id, -1, id, id + 1_000]) {
        expect(await ask(client, join(wanted))).toBe(refused("sessionJoin", 5));
      }
      expect(await heardBy([members[0].client, ...clientsOf(other)])).toEqual([[], [], []]);
      members[0].client.send(update(named("A")));
      expect(await client.nextText()).toBe(playerUpdate(members[0], named("A")));
    });

    test("[V7] a session that is not there answers 7", async () => {
      const { id } = await gather();
      const client = await connect();
      for (const wanted of [id + 1_000, -2, 0.5]) {
        expect(await ask(client, join(wanted))).toBe(refused("sessionJoin", 7));
      }
    });

    test.each(["text", "null", "true", "[id]", "{}", "missing"])(
      "[V7] as does a sessionID that is %s",
      async (kind) => {
        const { id, members } = await gather();
        const written: Record<string, string> = { text: `"${id}"`, "[id]": `[${id}]` };
        const frame = `{"command":"joinSession"${kind === "missing" ? "" : `,"sessionID":${written[kind] ?? kind}`}}`;
        expect(await ask(await connect(), frame)).toBe(refused("sessionJoin", 7));
        expect(await upToFence(members[0].client)).toEqual([]);
      },
    );

    test("[V7] a sessionID is a number, however it is written", async () => {
      const { id } = await gather();
      expect(await ask(await connect(), `{"command":"joinSession","sessionID":${id}.0}`)).toContain('"error":0');
    });

    test("[V12] leave answers the leaver, and tells the rest", async () => {
      const session = await gather(3);
      const [first, ...rest] = session.members;
      expect(await ask(first.client, LEAVE)).toBe(LEFT);
      expect(await upToFence(first.client)).toEqual([]);
      for (const { client } of rest) expect(await upToFence(client)).toEqual([playerLeave(first)]);
    });

    test("[V12] who left hears no more of it", async () => {
      const { members } = await gather(3);
      const [gone, second] = members;
      expect(await ask(gone.client, LEAVE)).toBe(LEFT);
      second.client.send(update(named("B")));
      second.client.send(reset({}, {}));
      await upToFence(second.client);
      expect(await upToFence(gone.client)).toEqual([]);
    });

    test("[V2][V12] one may come back, with the same playerID, fresh defaults, and as the last", async () => {
      const { id, members } = await gather();
      const [first, second] = members;
      expect(await ask(first.client, update(named("A")))).toBe(playerUpdate(first, named("A")));
      expect(await ask(first.client, LEAVE)).toBe(LEFT);
      expect(await ask(first.client, join(id))).toBe(sessionJoin(id, first.id, SESSION, PLAYER));
      expect(await upToFence(first.client)).toEqual([playerJoin(second)]);
      expect(await upToFence(second.client)).toEqual([
        playerUpdate(first, named("A")),
        playerLeave(first),
        playerJoin(first),
      ]);
      const late = await connect();
      await enter(late, join(id));
      expect(await upToFence(late)).toEqual([playerJoin(second), playerJoin(first)]);
    });

    test("[V12] or go into another session, of which the first one hears nothing", async () => {
      const one = await gather();
      const two = await gather();
      const [mover] = one.members;
      expect(await ask(mover.client, LEAVE)).toBe(LEFT);
      expect(await ask(mover.client, join(two.id))).toBe(sessionJoin(two.id, mover.id, SESSION, PLAYER));
      expect(await upToFence(two.members[0].client)).toEqual([playerJoin(mover)]);
      expect(await upToFence(one.members[1].client)).toEqual([playerLeave(mover)]);
    });

    test("[V13] a lost connection is told as leaving is; the session goes on without its creator", async () => {
      const { id, members } = await gather(3);
      const [creator, ...rest] = members;
      await creator.client.close();
      for (const { client } of rest) expect(await client.nextText()).toBe(playerLeave(creator));
      const [, late] = await enter(await connect(), join(id));
      expect(await upToFence(late.client)).toEqual(rest.map((member) => playerJoin(member)));
    });

    test("[V13] a line outside of a session goes unheard", async () => {
      const { members } = await gather();
      const [gone, watched] = [await connect(), await gather()];
      await enter(gone, CREATE);
      expect(await ask(gone, LEAVE)).toBe(LEFT);
      await gone.close();
      await watched.members[0].client.close();
      expect(await watched.members[1].client.nextText()).toBe(playerLeave(watched.members[0]));
      expect(await upToFence(members[0].client)).toEqual([]);
    });

    test("[V14] a session ends with its last member: 7, and its id is not given again", async () => {
      const { id, members } = await gather();
      expect(await ask(members[0].client, LEAVE)).toBe(LEFT);
      const late = await connect();
      expect((await enter(late, join(id)))[0]).toBe(id);
      for (const client of [late, members[1].client]) {
        await upToFence(client);
        expect(await ask(client, LEAVE)).toBe(LEFT);
      }
      expect(await ask(late, join(id))).toBe(refused("sessionJoin", 7));
      expect((await enter(late, CREATE))[0]).toBe(id + 1);
    });

    test("[V13][V14] also when the last one's connection is lost", async () => {
      const { id, members } = await gather();
      const watched = await gather();
      for (const { client } of members) await client.close();
      // A line closed after them, whose end is told: theirs has come to the server before.
      await watched.members[0].client.close();
      expect(await watched.members[1].client.nextText()).toBe(playerLeave(watched.members[0]));
      expect(await ask(await connect(), join(id))).toBe(refused("sessionJoin", 7));
    });

    test("[V15] outside of a session, updates and leaving answer 2: never in one, and no longer", async () => {
      const [fresh, gone] = [await connect(), await connect()];
      await enter(gone, CREATE);
      expect(await ask(gone, LEAVE)).toBe(LEFT);
      for (const client of [fresh, gone]) {
        expect(await ask(client, update(PLAYER))).toBe(refused("playerUpdate", 2));
        expect(await ask(client, update({ other: 1 }))).toBe(refused("playerUpdate", 2));
        expect(await ask(client, reset(SESSION, PLAYER))).toBe(refused("sessionUpdate", 2));
        expect(await ask(client, LEAVE)).toBe(refused("sessionLeave", 2));
      }
    });

    test("[V8] what one session says, no other hears", async () => {
      const one = await gather();
      const two = await gather();
      const { client } = one.members[0];
      client.send(update(named("A")));
      client.send(reset({ map: "desert" }, PLAYER));
      expect(await upToFence(client)).toHaveLength(2);
      expect(await heardBy(clientsOf(two))).toEqual([[], []]);
    });
  });

  describe("player data", () => {
    test("[V8] an update is told to every member, the sender included", async () => {
      const session = await gather(3);
      const [, sender] = session.members;
      sender.client.send(update(named("B")));
      const told = [playerUpdate(sender, named("B"))];
      expect(await upToFence(sender.client)).toEqual(told);
      for (const { client } of session.members) {
        if (client !== sender.client) expect(await upToFence(client)).toEqual(told);
      }
    });

    test("[V8] it replaces the data as a whole, the newest counts, and who joins later is told it", async () => {
      const { id, members } = await gather();
      const [first, second] = members;
      for (const name of ["A", "B", "C"]) first.client.send(update(named(name)));
      await upToFence(first.client);
      const late = await connect();
      await enter(late, join(id));
      expect(await upToFence(late)).toEqual([playerJoin(first, named("C")), playerJoin(second)]);
    });

    test("[V8] eight members, ten updates each: all hear all of them, in one order, each one's own in the order sent", async () => {
      const session = await gather(8);
      for (let n = 0; n < 10; n++) {
        for (const { client } of session.members) client.send(update(named(String(n))));
      }
      const [first = [], ...others] = await heardBy(clientsOf(session));
      expect(first).toHaveLength(80);
      for (const heard of others) expect(heard).toEqual(first);
      for (const member of session.members) {
        const own = first.filter((frame) => frame.includes(`"playerID":${member.id},`));
        expect(own).toEqual(Array.from({ length: 10 }, (_, n) => playerUpdate(member, named(String(n)))));
      }
    });

    test("[V8] nobody changes another's data", async () => {
      const { id, members } = await gather();
      const [first, second] = members;
      const forged = { ...update(named("B")), error: 0, playerID: first.id, sessionID: id + 1 };
      expect(await ask(second.client, forged)).toBe(playerUpdate(second, named("B")));
      const late = await connect();
      await enter(late, join(id));
      expect(await upToFence(late)).toEqual([playerJoin(first), playerJoin(second, named("B"))]);
    });

    const FITTING: readonly [what: string, data: string][] = [
      ["values of other types", '{"name":5,"pos":{"x":"left","y":true}}'],
      ["null as a leaf", '{"name":null,"pos":{"x":null,"y":null}}'],
      ["arrays as leaves, whatever they hold", '{"name":[],"pos":{"x":[1,{"deep":1}],"y":[[2]]}}'],
      ["leaves at another depth", '{"name":"A","x":1,"y":2}'],
      ["another name around the leaves", '{"name":"A","place":{"x":1,"y":2}}'],
      ["an empty object besides, which has no leaf", '{"name":"A","more":{},"pos":{"x":1,"y":2}}'],
    ];
    test.each(FITTING)("[V9] fits the format: %s", async (_, data) => {
      const { members } = await gather();
      const [first, second] = members;
      first.client.send(`{"command":"updatePlayer","player":${data}}`);
      for (const { client } of [first, second]) {
        expect(await client.nextText()).toBe(playerUpdate(first, JSON.parse(data)));
      }
    });

    const UNFITTING: readonly [what: string, data: string][] = [
      ["a leaf missing", '{"name":"A","pos":{"x":1}}'],
      ["a leaf more", '{"name":"A","pos":{"x":1,"y":2,"z":3}}'],
      ["a leaf of another name", '{"nick":"A","pos":{"x":1,"y":2}}'],
      ["a name in another case", '{"Name":"A","pos":{"x":1,"y":2}}'],
      ["leaves in another order", '{"name":"A","pos":{"y":2,"x":1}}'],
      ["members in another order", '{"pos":{"x":1,"y":2},"name":"A"}'],
      ["an object where a leaf was", '{"name":{},"pos":{"x":1,"y":2}}'],
      ["null where an object was", '{"name":"A","pos":null}'],
      ["an array where an object was", '{"name":"A","pos":[1,2]}'],
      ["nothing", "{}"],
      ["no object: a number", "5"],
      ["no object: a text", '"name"'],
      ["no object: an array", "[1,2,3]"],
    ];
    test.each(UNFITTING)("[V9][V10] does not: %s", async (_, data) => {
      const { id, members } = await gather();
      expect(await ask(members[0].client, `{"command":"updatePlayer","player":${data}}`)).toBe(MISMATCH);
      const late = await connect();
      await enter(late, join(id));
      expect(await upToFence(late)).toEqual(members.map((member) => playerJoin(member)));
    });

    test("[V9] a dot in a name is no path", async () => {
      const { members } = await gather(2, { ...CREATE, player: { "a.b": 1 } });
      const [first] = members;
      expect(await ask(first.client, update({ a: { b: 1 } }))).toBe(MISMATCH);
      if (!refusedUpdatesAreDropped) await upToFence(first.client);
      expect(await ask(first.client, update({ "a.b": 2 }))).toBe(playerUpdate(first, { "a.b": 2 }));
    });

    test("[V9] a list or a text that is the whole has its positions for names", async () => {
      const { members } = await gather(2, { ...CREATE, player: { 0: "a", 1: "b" } });
      const [first] = members;
      for (const data of [[7, [8]], "xy", { more: [1], 1: 2 }]) {
        const isFitting = Array.isArray(data) || typeof data === "string";
        expect(await ask(first.client, update(data))).toBe(isFitting ? playerUpdate(first, data) : MISMATCH);
      }
    });

    test("[V9] without defaults, only data without leaves fits", async () => {
      const { members } = await gather(2, { ...CREATE, player: {} });
      const [first, second] = members;
      expect(await ask(first.client, update({ a: {}, b: { c: {} } }))).toBe(
        playerUpdate(first, { a: {}, b: { c: {} } }),
      );
      expect(await ask(first.client, update({}))).toBe(playerUpdate(first, {}));
      expect(await ask(first.client, update({ a: null }))).toBe(MISMATCH);
      expect((await upToFence(second.client)).slice(0, 2)).toEqual([
        playerUpdate(first, { a: {}, b: { c: {} } }),
        playerUpdate(first, {}),
      ]);
    });

    test.each(['{"command":"updatePlayer"}', '{"command":"updatePlayer","player":null}'])(
      "[V10] %s changes nothing, and nobody else hears of it",
      async (frame) => {
        const { members } = await gather();
        const [first, second] = members;
        first.client.send(frame);
        for (const text of await upToFence(first.client)) expect(JSON.parse(text).error).not.toBe(0);
        expect(await upToFence(second.client)).toEqual([]);
        expect(await ask(first.client, update(named("A")))).toBe(playerUpdate(first, named("A")));
      },
    );

    test.if(refusedUpdatesAreDropped)(
      "[V10] a refused update is told to its sender alone, and nothing else",
      async () => {
        const session = await gather(3);
        const [, sender] = session.members;
        sender.client.send(update({ name: "only" }));
        expect(await heardBy(clientsOf(session))).toEqual([[], [MISMATCH], []]);
      },
    );

    test.if(refusedUpdatesAreDropped)("[V10] between two good ones, it leaves no trace", async () => {
      const { members } = await gather();
      const [first, second] = members;
      for (const data of [named("A"), { name: "B" }, named("C")]) first.client.send(update(data));
      const [good, better] = [playerUpdate(first, named("A")), playerUpdate(first, named("C"))];
      expect(await upToFence(first.client)).toEqual([good, MISMATCH, better]);
      expect(await upToFence(second.client)).toEqual([good, better]);
    });
  });

  describe("session data", () => {
    const DESERT = { map: "desert", wind: [1, null] };
    const RED = { colour: "red" };

    test("[V1][V11] an update by any member is told to all, the sender included, and nothing else is", async () => {
      const session = await gather(3);
      const [first, sender, third] = clientsOf(session);
      const told = [sessionUpdate(DESERT, RED)];
      sender?.send(reset(DESERT, RED));
      for (const client of [sender, first, third]) expect(client && (await upToFence(client))).toEqual(told);
    });

    test("[V11] every player's data is the new defaults then, as who joins later is told", async () => {
      const { id, members } = await gather();
      for (const { client } of members) client.send(update(named("A")));
      await heardBy(members.map(({ client }) => client));
      expect(await ask(members[1].client, reset(SESSION, PLAYER))).toBe(sessionUpdate(SESSION, PLAYER));
      const late = await connect();
      await enter(late, join(id));
      expect(await upToFence(late)).toEqual(members.map((member) => playerJoin(member)));
    });

    test("[V9][V11] it sets a new format: the old one is refused, the new one taken", async () => {
      const { id, members } = await gather();
      const [first, second] = members;
      expect(await ask(first.client, reset(DESERT, RED))).toBe(sessionUpdate(DESERT, RED));
      expect(await ask(first.client, update(named("A")))).toBe(MISMATCH);
      if (!refusedUpdatesAreDropped) await upToFence(first.client);
      expect(await ask(first.client, update({ colour: "blue" }))).toBe(playerUpdate(first, { colour: "blue" }));
      const late = await connect();
      const [, { id: playerID }] = await enter(late, join(id));
      expect(await upToFence(late)).toEqual([playerJoin(first, { colour: "blue" }), playerJoin(second, RED)]);
      expect(await ask(late, LEAVE)).toBe(LEFT);
      expect(await ask(late, join(id))).toBe(sessionJoin(id, playerID, DESERT, RED));
    });

    test("[V11] one player's data changes alone afterwards, and the defaults do not", async () => {
      const { id, members } = await gather(3);
      const [first, second, third] = members;
      expect(await ask(first.client, reset(DESERT, RED))).toBe(sessionUpdate(DESERT, RED));
      await ask(first.client, update({ colour: "blue" }));
      const late = await connect();
      const text = await ask(late, join(id));
      expect(text).toBe(sessionJoin(id, JSON.parse(text).playerID, DESERT, RED));
      const rest = [second, ...(third === undefined ? [] : [third])].map((member) => playerJoin(member, RED));
      expect(await upToFence(late)).toEqual([playerJoin(first, { colour: "blue" }), ...rest]);
    });

    test("[V11] the session's own data has no format", async () => {
      const { members } = await gather();
      for (const data of [{}, { other: { keys: [] } }, { map: null }, SESSION]) {
        expect(await ask(members[0].client, reset(data, PLAYER))).toBe(sessionUpdate(data, PLAYER));
      }
    });

    test("[V8][V11] updates of both kinds come to all in one order", async () => {
      const session = await gather(4);
      for (let n = 0; n < 6; n++) {
        for (const [index, { client }] of session.members.entries()) {
          client.send(index === n % 4 ? reset({ n, index }, PLAYER) : update(named(`${n}-${index}`)));
        }
      }
      const [first = [], ...others] = await heardBy(clientsOf(session));
      expect(first).toHaveLength(24);
      for (const heard of others) expect(heard).toEqual(first);
    });
  });

  describe("the text", () => {
    test("[V1] no blanks, numbers at their shortest, no needless escapes: as JSON.stringify writes it", async () => {
      const { members } = await gather(2, { ...CREATE, player: { n: 0, s: "" } });
      const [first, second] = members;
      first.client.send(' { "player" : { "n" : -27.50 , "s" : "\\u00e9\\/\\n" } , "command" : "updatePlayer" } ');
      first.client.send('{"command":"updatePlayer","player":{"n":14.0,"s":"\\u0041 😀"}}');
      first.client.send('{"command":"updatePlayer","player":{"n":1e3,"s":"\\u0022"}}');
      const head = `{"command":"playerUpdate","error":0,"playerID":${first.id},"player":`;
      const told = [`${head}{"n":-27.5,"s":"é/\\n"}}`, `${head}{"n":14,"s":"A 😀"}}`, `${head}{"n":1000,"s":"\\""}}`];
      for (const { client } of [first, second]) expect(await upToFence(client)).toEqual(told);
    });

    test("[V1] data may be named as the wire's own members are", async () => {
      const session = { command: "leaveSession", error: 9, sessionID: -1, playerData: {} };
      const player = { playerID: 0, player: { session: 1 }, error: 4 };
      const { id, members } = await gather(2, { command: "createSession", session, player });
      expect(await ask(members[0].client, update(player))).toBe(playerUpdate(members[0], player));
      const text = await ask(await connect(), join(id));
      expect(text).toBe(sessionJoin(id, JSON.parse(text).playerID, session, player));
    });

    test("[V1] a binary frame is read as text, and answered by text", async () => {
      const client = await connect();
      client.sendBytes(new TextEncoder().encode(JSON.stringify(update(PLAYER))));
      expect(await client.nextText()).toBe(refused("playerUpdate", 2));
    });
  });

  describe.if(bothNamingsAreTaken)("the README's naming", () => {
    const create = { command: "createSession", sessionData: SESSION, playerData: PLAYER };
    /** The frame of the code's naming in the README's: outer members alone, and none of this data holds such names. */
    const renamed = (frame: string) =>
      frame.replace('"session":', '"sessionData":').replace('"player":', '"playerData":');

    test("[V1][V16] sessionData and playerData are taken at create, and told to its creator so", async () => {
      const client = await connect();
      const text = await ask(client, create);
      const { sessionID, playerID } = JSON.parse(text);
      expect(text).toBe(renamed(sessionJoin(sessionID, playerID, SESSION, PLAYER)));
    });

    test("[V16] the session answers so to every member, in every frame", async () => {
      const { id, members } = await gather(2, create);
      const [first, second] = members;
      const client = await connect();
      const text = await ask(client, join(id));
      const member = { client, id: JSON.parse(text).playerID };
      expect(text).toBe(renamed(sessionJoin(id, member.id, SESSION, PLAYER)));
      expect(await upToFence(client)).toEqual([renamed(playerJoin(first)), renamed(playerJoin(second))]);
      client.send({ command: "updatePlayer", playerData: named("C") });
      client.send({ command: "updateSession", sessionData: { map: "desert" }, playerData: { colour: "red" } });
      client.send({ command: "leaveSession" });
      const updates = [
        renamed(playerUpdate(member, named("C"))),
        renamed(sessionUpdate({ map: "desert" }, { colour: "red" })),
      ];
      expect(await upToFence(client)).toEqual([...updates, LEFT]);
      for (const { client: present } of members) {
        expect(await upToFence(present)).toEqual([renamed(playerJoin(member)), ...updates, playerLeave(member)]);
      }
    });

    test("[V16] an update in the other naming is taken too; the answer keeps the creator's", async () => {
      const theirs = await gather(2, create);
      const [first, second] = theirs.members;
      second.client.send(update(named("B")));
      second.client.send(reset({ map: "desert" }, { colour: "red" }));
      expect(await upToFence(second.client)).toEqual([
        renamed(playerUpdate(second, named("B"))),
        renamed(sessionUpdate({ map: "desert" }, { colour: "red" })),
      ]);
      expect(await upToFence(first.client)).toHaveLength(2);
      const ours = await gather();
      const [member] = ours.members;
      member.client.send({ command: "updatePlayer", playerData: named("A") });
      member.client.send({ command: "updateSession", sessionData: { map: "desert" }, playerData: { colour: "red" } });
      expect(await upToFence(member.client)).toEqual([
        playerUpdate(member, named("A")),
        sessionUpdate({ map: "desert" }, { colour: "red" }),
      ]);
    });

    test("[V16] who goes from one session to another hears the other's naming", async () => {
      const [one, two] = [await gather(), await gather(2, create)];
      const [, mover] = one.members;
      expect(await ask(mover.client, LEAVE)).toBe(LEFT);
      expect(await ask(mover.client, join(two.id))).toBe(renamed(sessionJoin(two.id, mover.id, SESSION, PLAYER)));
      await upToFence(mover.client);
      expect(await ask(mover.client, LEAVE)).toBe(LEFT);
      expect(await ask(mover.client, join(one.id))).toBe(sessionJoin(one.id, mover.id, SESSION, PLAYER));
    });

    test.if(refusedUpdatesAreDropped)("[V10][V16] refusals hold neither", async () => {
      const { members } = await gather(2, create);
      expect(await ask(members[0].client, { command: "updatePlayer", playerData: { name: "A" } })).toBe(MISMATCH);
      expect(await ask(members[0].client, create)).toBe(refused("sessionJoin", 4));
      expect(await upToFence(members[1].client)).toEqual([]);
    });
  });

  describe("what is no command", () => {
    const UNKNOWN = ["nope", "CreateSession", " leaveSession ", "sessionJoin", "toString", "__proto__", 'a"b\\é', ""];
    const UNREADABLE = ["", "{", "null", "[]", "5", '"leaveSession"', "{}", '{"command":"leaveSession"}x'];

    test("[V17][V18] changes nothing, and the line stays open", async () => {
      const { members } = await gather();
      const [first, second] = members;
      for (const command of UNKNOWN) first.client.send({ command });
      for (const text of UNREADABLE) first.client.send(text);
      for (const text of await upToFence(first.client)) expect(JSON.parse(text).error).toBe(9);
      expect(await upToFence(second.client)).toEqual([]);
      expect(await ask(first.client, update(named("A")))).toBe(playerUpdate(first, named("A")));
      expect(await second.client.nextText()).toBe(playerUpdate(first, named("A")));
    });

    test.if(unknownCommandsAreAnswered).each(UNKNOWN)(
      "[V17] %p is an unknown command: 9, as it was sent",
      async (command) => {
        const client = await connect();
        expect(await ask(client, JSON.stringify({ command, sessionID: 0 }))).toBe(refused(command, 9));
        expect(await ask(client, update(PLAYER))).toBe(refused("playerUpdate", 2));
      },
    );

    test.if(unknownCommandsAreAnswered).each(UNREADABLE)("[V18] %p is unreadable: 9, without a name", async (text) => {
      const client = await connect();
      expect(await ask(client, text)).toBe('{"command":"","error":9}');
      expect(await ask(client, update(PLAYER))).toBe(refused("playerUpdate", 2));
    });
  });
}
