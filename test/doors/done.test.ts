// What became of a member's requests, over real lines: `joined.done` and `joined.undone` [P16], ticks that are answered [L40], and the path on
// which every server speaks this wire [P15].
import { describe, expect, test } from "bun:test";
import { Client, type Frame } from "../support/client.ts";
import { frame, OPCODE, RawClient } from "../support/raw.ts";
import { openRoom, range, stages, turn } from "../support/stage.ts";

const stage = stages();

/** A room whose seats wait, and a phone in it that can be cut off. */
async function party(url: string, more: object = {}) {
  const host = await Client.connect(url);
  const { room } = await host.ask({ type: "create", clientId: "tv", maxClients: 8, away: 60, history: 64, ...more });
  let since: object = {};
  async function sit(clientId = "phone"): Promise<{ raw: RawClient; joined: Frame }> {
    const raw = await RawClient.connect(url);
    raw.send(JSON.stringify({ type: "join", clientId, room, secret: "s", id: "join", ...since }));
    const joined = (await raw.next()) as Frame;
    since = { since: joined.seq, epoch: joined.epoch };
    return { raw, joined };
  }
  return { host, room, sit };
}

describe("[P16] a member that comes back", () => {
  test("hears which of its requests was the last that was carried out or refused", async () => {
    const { server } = stage();
    const { sit } = await party(server.url);
    const first = await sit();
    expect(Object.keys(first.joined)).not.toContain("done");
    first.raw.socket.resetAndDestroy();
    await turn(server);
    const second = await sit();
    expect(second.joined).toMatchObject({ resumed: true, done: null });
    expect(Object.keys(second.joined)).not.toContain("undone");
    for (const [n, data] of [1, 2, 3].entries()) second.raw.send(JSON.stringify({ type: "send", data, id: `a${n}` }));
    second.raw.send(JSON.stringify({ type: "send", to: "nobody", data: 1, id: "refused" }));
    second.raw.send(JSON.stringify({ type: "send", data: "without an id" }));
    for (let n = 0; n < 4; n++) await second.raw.next();
    // While the old line still looks open, too.
    const third = await sit();
    expect(third.joined).toMatchObject({ resumed: true, done: "refused" });
    third.raw.send(JSON.stringify({ type: "lock", locked: true, id: 7 }));
    await third.raw.next();
    third.raw.socket.resetAndDestroy();
    await turn(server);
    expect((await sit()).joined).toMatchObject({ done: 7 });
  });

  test("as another member, or to another seat, hears of its own alone", async () => {
    const { server } = stage();
    const { host, sit } = await party(server.url);
    const phone = await sit();
    phone.raw.send('{"type":"send","data":1,"id":"p"}');
    await phone.raw.next();
    expect(Object.keys((await sit("other")).joined)).not.toContain("done");
    phone.raw.send('{"type":"leave"}');
    await turn(server);
    expect(Object.keys((await sit()).joined)).not.toContain("done");
    await host.upToFence();
  });

  test("hears which writes to the log that waited were given up when its line closed, though later ones were not", async () => {
    const { server, clock } = stage({ SESSION_WRITES_PER_SECOND: "1" });
    const { host, sit } = await party(server.url);
    host.send({ type: "session.start" });
    host.send({ type: "game.add", title: "Quiz" });
    clock.advance(20_000);
    const { raw } = await sit();
    // Ten at once; then one waits whose turn it will be, and two behind it.
    for (const n of range(0, 13)) host.send({ type: "lobby.update", lobbyState: n % 2 ? "Countdown" : "CanStart" });
    for (const n of range(0, 3)) raw.send(JSON.stringify({ type: "vote", vote: "up", id: `vote${n}` }));
    raw.send('{"type":"send","data":"the game goes on","id":"later"}');
    for (let frame = (await raw.next()) as Frame; frame.id !== "later"; ) frame = (await raw.next()) as Frame;
    raw.socket.resetAndDestroy();
    await turn(server);
    const { joined } = await sit();
    expect(joined).toMatchObject({ resumed: true, done: "later", undone: ["vote1", "vote2"] });
    // They are told until the member asks for something else: then it has heard of them.
    const again = await sit();
    expect(again.joined).toMatchObject({ done: "later", undone: ["vote1", "vote2"] });
    again.raw.send('{"type":"send","data":2,"id":"new"}');
    for (let frame = (await again.raw.next()) as Frame; frame.id !== "new"; ) frame = (await again.raw.next()) as Frame;
    const last = await sit();
    expect(last.joined.done).toBe("new");
    expect(Object.keys(last.joined)).not.toContain("undone");
  });

  test("hears which requests its closing line had no room left for, though smaller ones behind them were carried out", async () => {
    const { server } = stage({ ROOM_OUT_BYTES_PER_SECOND: "4000" });
    const { sit } = await party(server.url);
    const { raw } = await sit();
    const said = range(0, 5).map((n) =>
      frame(JSON.stringify({ type: "send", data: "x".repeat(4_000), id: `large${n}` })),
    );
    const small = frame('{"type":"send","data":1,"id":"small"}');
    raw.write(Buffer.concat([...said, small, frame("", OPCODE.close)]));
    await raw.ended;
    const { joined } = await sit();
    expect(joined).toMatchObject({ done: "small", undone: ["large2", "large3", "large4"] });
  });

  test("whose seat another line took is told that nothing of what waited has happened", async () => {
    const { server, clock } = stage({ SESSION_WRITES_PER_SECOND: "1" });
    const { host, sit } = await party(server.url);
    host.send({ type: "session.start" });
    host.send({ type: "game.add", title: "Quiz" });
    clock.advance(20_000);
    const { raw } = await sit();
    for (const n of range(0, 12)) host.send({ type: "lobby.update", lobbyState: n % 2 ? "Countdown" : "CanStart" });
    raw.send('{"type":"vote","vote":"up","id":"vote"}');
    raw.send('{"type":"ping"}');
    for (let frame = (await raw.next()) as Frame; frame.type !== "pong"; ) frame = (await raw.next()) as Frame;
    expect((await sit()).joined).toMatchObject({ done: "vote", undone: ["vote"] });
  });
});

describe("[L40] a client that answers ticks", () => {
  test("is not kept by the pongs of its library: silent for 25 s it is away; one that answers, or did not promise to, is here", async () => {
    const { server, clock } = stage();
    const { host, sit, room } = await party(server.url);
    const plain = await Client.connect(server.url);
    await plain.ask({ type: "join", clientId: "plain", room, tick: true });
    const answers = await Client.connect(server.url);
    await answers.ask({ type: "join", clientId: "answers", room, tick: "answer" });
    const asleep = await Client.connect(server.url);
    await asleep.ask({ type: "join", clientId: "asleep", room, tick: "answer" });
    void sit;
    await host.upToFence();
    for (let second = 0; second < 60; second++) {
      clock.advance(1_000);
      await turn(server);
      // A tick has come now and then, and is answered by who has promised it.
      const heard = second % 5 === 4 ? await answers.upToFence() : [];
      expect(heard.every(({ type }) => type === "tick" || type === "peer_joined" || type === "peer_away")).toBe(true);
    }
    const away = (await host.upToFence()).filter(({ type }) => type === "peer_away");
    expect(away.map(({ clientId }) => clientId)).toEqual(["asleep"]);
    expect((await asleep.closed).code).toBe(4104);
  });

  test("is kept by them where ticks come too seldom to tell", async () => {
    const { server, clock } = stage({ TICK_SECONDS: "60" });
    const { host, room } = await party(server.url);
    const phone = await Client.connect(server.url);
    await phone.ask({ type: "join", clientId: "phone", room, tick: "answer" });
    for (let second = 0; second < 40; second++) {
      clock.advance(1_000);
      await turn(server);
    }
    expect((await host.upToFence()).map(({ type }) => type)).toEqual(["peer_joined"]);
  });
});

describe("[P15] /v1", () => {
  test.each(["party", "party2"])("speaks this wire where / speaks %s", async (dialect) => {
    const { server } = stage({ RELAY_DIALECT: dialect });
    for (const path of ["/v1", "/v1/", "/v1/GXHB"]) {
      const client = await Client.connect(new URL(path, server.url).href);
      expect(await client.ask({ type: "ping", id: path })).toMatchObject({ type: "pong", id: path });
    }
    const { code } = await openRoom(new URL("/v1", server.url).href, 1);
    expect(code).toMatch(/^[A-Z2-9]{4}$/);
  });
});
