// The phone with the worst network there is: its socket is destroyed fifty times, at random moments, while the room goes on. It
// comes back by the README's recipe, and in the end has everything, once, in order.

import { expect, test } from "bun:test";
import { TAKEOVER_WINDOW_MS, TAKEOVERS_MAX } from "../../src/rooms/fight.ts";
import { Client, type Frame } from "../support/client.ts";
import { ManualClock } from "../support/clock.ts";
import { randomFrom, seedOf } from "../support/random.ts";
import { RawClient } from "../support/raw.ts";
import { startServer } from "../support/server.ts";

const RESETS = 50;
const MESSAGES_BETWEEN_RESETS = 40;

/** A member over a raw socket, so that it can be cut off in the middle of anything. */
class Phone {
  readonly got: Frame[] = [];
  readonly resumes: unknown[] = [];
  #raw: RawClient | null = null;
  #reading: Promise<void> = Promise.resolve();
  #seq = 0;
  #epoch = "";

  constructor(
    private readonly url: string,
    private readonly room: string,
  ) {}

  async connect(): Promise<void> {
    const raw = await RawClient.connect(this.url);
    this.#raw = raw;
    const isFirst = this.#epoch === "";
    const since = isFirst ? {} : { since: this.#seq, epoch: this.#epoch };
    raw.send(JSON.stringify({ type: "join", clientId: "phone", room: this.room, secret: "s", ...since }));
    const joined = (await raw.next()) as Frame & { missed?: Frame[] };
    expect(joined.type).toBe("joined");
    if (!isFirst) this.resumes.push(joined.resumed);
    for (const frame of joined.missed ?? []) this.#take(frame);
    this.#epoch = String(joined.epoch);
    this.#seq = Math.max(this.#seq, Number(joined.seq));
    this.#reading = this.#read(raw);
  }

  /** Cuts the line without a word: what was on its way is lost. */
  async cut(): Promise<void> {
    this.#raw?.socket.resetAndDestroy();
    await this.#reading;
  }

  /** Resolves when this number was heard. */
  async until(seq: number): Promise<void> {
    while (this.#seq < seq) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }
  readonly #waiting = new Set<() => void>();

  #take(frame: Frame): void {
    this.got.push(frame);
    this.#seq = Number(frame.seq);
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  async #read(raw: RawClient): Promise<void> {
    try {
      for (;;) this.#take((await raw.next()) as Frame);
    } catch {
      // The line is gone: the next one takes over.
    }
  }
}

test("[R33] fifty resets of a receiver under load: every message once, in order, always resumed", async () => {
  const seed = seedOf("FUZZ_SEED");
  const random = randomFrom(seed);
  const server = startServer({ LIMITS: "off" });
  try {
    const tv = await Client.connect(server.url);
    const { room } = await tv.ask({ type: "create", clientId: "tv", maxClients: 4, away: 60, history: 512 });
    const phone = new Phone(server.url, String(room));
    await phone.connect();
    let sent = 0;
    let lastSeq = 0;
    const speak = async (count: number) => {
      for (let n = 0; n < count; n++) {
        const to = random.chance(0.3) ? { to: "phone" } : {};
        tv.send({ type: "send", data: ++sent, ...to, ...(n === count - 1 && { id: "last" }) });
      }
      for (let frame = await tv.next(); ; frame = await tv.next()) {
        if (frame.type !== "ack") continue;
        lastSeq = Number(frame.seq);
        return;
      }
    };
    for (let reset = 0; reset < RESETS; reset++) {
      // The cut falls somewhere into the messages, and some come while the phone is on its way back.
      const before = random.below(MESSAGES_BETWEEN_RESETS);
      const speaking = before === 0 ? Promise.resolve() : speak(before);
      if (random.chance(0.5)) await speaking;
      await phone.cut();
      await speaking;
      await speak(MESSAGES_BETWEEN_RESETS - before);
      await phone.connect();
    }
    await speak(1);
    await phone.until(lastSeq);
    const messages = phone.got.filter(({ type }) => type === "message");
    expect({ seed, data: messages.map(({ data }) => data) }).toEqual({
      seed,
      data: Array.from({ length: sent }, (_, n) => n + 1),
    });
    expect(phone.resumes).toEqual(Array(RESETS).fill(true));
    await phone.cut();
  } finally {
    await server.stop();
  }
}, 60_000);

/** Pages of one phone that take its seat from each other until the next one has to wait; answers the one that has it. */
async function fight(url: string, join: object): Promise<Client> {
  let holder = await Client.connect(url);
  await holder.ask(join);
  for (let takeover = 0; takeover < TAKEOVERS_MAX; takeover++) {
    const next = await Client.connect(url);
    expect(await next.ask(join)).toMatchObject({ type: "joined" });
    expect((await holder.closed).code).toBe(4000);
    holder = next;
  }
  return holder;
}

test("[R35] in a fight over a seat the next one waits its time, and what it says meanwhile waits with it", async () => {
  const clock = new ManualClock();
  const server = startServer({}, clock);
  try {
    const tv = await Client.connect(server.url);
    const { room } = await tv.ask({ type: "create", clientId: "tv", maxClients: 4 });
    const join = { type: "join", clientId: "phone", room };
    const holder = await fight(server.url, join);
    const late = await Client.connect(server.url);
    late.send(join);
    late.send({ type: "send", data: "after joining" });
    while ((await server.metric("partyline_waits_total")) < 1);
    tv.send({ type: "send", to: "phone", data: "whose seat is it?" });
    expect(await holder.next()).toMatchObject({ data: "whose seat is it?" });
    clock.advance(TAKEOVER_WINDOW_MS);
    expect(await late.next()).toMatchObject({ type: "joined" });
    expect((await holder.closed).code).toBe(4000);
    expect((await tv.upToFence()).at(-1)).toEqual({ type: "message", from: "phone", data: "after joining" });
  } finally {
    await server.stop();
  }
});

test("[R35] a phone whose pages fought over its seat: the old one is closed, and the one that waited has it at once", async () => {
  const clock = new ManualClock();
  const server = startServer({}, clock);
  try {
    const tv = await Client.connect(server.url);
    const opening = { type: "create", clientId: "tv", secret: "tv's", maxClients: 4, away: 60, history: 16 };
    const { room, epoch } = await tv.ask(opening);
    const join = { type: "join", clientId: "phone", secret: "s", room };
    const holder = await fight(server.url, join);
    await tv.upToFence();
    const late = [await Client.connect(server.url), await Client.connect(server.url)] as const;
    for (const [at, client] of late.entries()) {
      client.send({ ...join, since: 1, epoch });
      while ((await server.metric("partyline_waits_total")) < at + 1);
    }
    await holder.close();
    expect(await tv.next()).toMatchObject({ type: "peer_away", clientId: "phone" });
    // No time passes: what is due now, and nothing that was to wait.
    clock.advance(0);
    expect(await late[0].next()).toMatchObject({ type: "joined", resumed: true });
    expect(await tv.next()).toMatchObject({ type: "peer_back", clientId: "phone" });
    // It is read again, and nobody has taken the seat from it.
    expect(await late[0].ask({ type: "send", data: "here", id: 1 })).toMatchObject({ type: "ack", delivered: 1 });
    expect(await tv.next()).toMatchObject({ type: "message", data: "here" });
    await late[0].close();
    expect(await tv.next()).toMatchObject({ type: "peer_away" });
    clock.advance(0);
    expect(await late[1].next()).toMatchObject({ type: "joined", resumed: true });
  } finally {
    await server.stop();
  }
});

test("[R52][R53] names that join and drop fill no room: a newcomer is let in, and who asks is told of places", async () => {
  const server = startServer({ LIMITS: "off" });
  try {
    const tv = await Client.connect(server.url);
    const { room } = await tv.ask({ type: "create", clientId: "tv", secret: "tv's", maxClients: 4, away: 600 });
    for (let n = 1; n <= 8; n++) {
      const troll = await Client.connect(server.url);
      expect(await troll.ask({ type: "join", clientId: `name-${n}`, secret: "s", room })).toMatchObject({
        type: "joined",
      });
      await troll.close();
      for (let frame = await tv.next(); frame.type !== "peer_away"; frame = await tv.next());
    }
    const probe = await fetch(`${server.http}/room/${room}`);
    expect(await probe.json()).toMatchObject({ clients: 1, maxClients: 4 });
    const ann = await Client.connect(server.url);
    expect(await ann.ask({ type: "join", clientId: "ann", secret: "a", room })).toMatchObject({ type: "joined" });
    expect(await tv.next()).toEqual({ type: "peer_left", clientId: "name-6", reason: "timeout" });
    expect(await tv.next()).toMatchObject({ type: "peer_joined", clientId: "ann" });
  } finally {
    await server.stop();
  }
});
