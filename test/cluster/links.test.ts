// Two nodes and the links between them, step by step: when a packet goes out, what it acknowledges, and what ends a link on both sides.
import { beforeEach, describe, expect, test } from "bun:test";
import { LINK } from "../../src/cluster/linkBounds.ts";
import { channelOf } from "../../src/cluster/links.ts";
import { type End, headOf, packetText, readFrames, readPacket } from "../../src/cluster/packet.ts";
import { ManualClock } from "../support/clock.ts";
import { randomFrom } from "../support/random.ts";
import { BadWire, CALM, WireNode } from "../support/wire.ts";

const LOST = { ...CALM, lost: 1 };
const KiB = 1024;

let clock: ManualClock;
let wire: BadWire;
let a: WireNode;
let b: WireNode;

beforeEach(() => {
  clock = new ManualClock();
  wire = new BadWire(clock, randomFrom(1));
  a = new WireNode(wire, "a", "a-1");
  b = new WireNode(wire, "b", "b-1");
  a.links.know("b", "b-1");
});

/** Packets to a node since the last call, without their text. */
function sentTo(node: string): { seq: number; ack: number; frames: number }[] {
  const texts = wire.published.splice(0).filter(({ channel }) => channel === channelOf("test", node));
  return texts.map(({ text }) => {
    const packet = readPacket(text);
    return {
      seq: packet?.seq ?? -1,
      ack: packet?.ack ?? -1,
      frames: readFrames(text, packet?.bodyAt ?? 0)?.length ?? -1,
    };
  });
}

/** Both have heard the other, and nothing is owed. */
function meet(): void {
  a.speak("b");
  clock.advance(0);
  b.speak("a");
  clock.advance(LINK.ackMs);
  expect([a.heard.length, b.heard.length, a.links.figures().bytes, b.links.figures().bytes]).toEqual([1, 1, 0, 0]);
  wire.published.splice(0);
}

/** A packet that the wire brings of its own accord. */
function bring(node: string, from: string, ends: { from: End; to: End }, seq = 0, body = ""): void {
  wire.publish(channelOf("test", node), packetText(headOf(from, ends.from, ends.to), seq, 0, body));
  clock.advance(0);
}

function restart(node: WireNode, boot: string): WireNode {
  node.links.stop();
  return new WireNode(wire, node.name, boot);
}

describe("[N3] packets", () => {
  test("a turn's frames are one, at its end", () => {
    for (let times = 0; times < 8; times++) expect(a.speak("b")).toBe(true);
    expect(wire.published).toEqual([]);
    clock.advance(0);
    expect(sentTo("b")).toEqual([{ seq: 1, ack: 0, frames: 8 }]);
    expect(b.heard).toHaveLength(8);
  });

  test("hold 64 KiB at most, unless one frame is longer", () => {
    a.speak("b", "x".repeat(40 * KiB));
    a.speak("b", "x".repeat(20 * KiB));
    a.speak("b", "x".repeat(20 * KiB));
    a.speak("b", "x".repeat(200 * KiB));
    a.speak("b");
    clock.advance(0);
    expect(sentTo("b").map(({ frames }) => frames)).toEqual([2, 1, 1, 1]);
    expect(b.heard).toHaveLength(5);
  });

  test("acknowledge what was taken with the next one, or alone after 50 ms", () => {
    a.speak("b");
    clock.advance(10);
    b.speak("a");
    clock.advance(0);
    expect(sentTo("a")).toEqual([{ seq: 1, ack: 1, frames: 1 }]);
    clock.advance(1_000);
    expect(sentTo("a")).toEqual([]);
    a.speak("b");
    clock.advance(LINK.ackMs - 1);
    expect(sentTo("a")).toEqual([]);
    clock.advance(1);
    expect(sentTo("a")).toEqual([{ seq: 0, ack: 2, frames: 0 }]);
    expect(a.links.figures()).toMatchObject({ bytes: 0, packetsAgain: 0 });
  });

  test("wait 50 ms for their acknowledgement each, though the one before has just been given", () => {
    meet();
    a.speak("b");
    clock.advance(30);
    b.speak("a");
    clock.advance(15);
    a.speak("b");
    clock.advance(LINK.ackMs - 1);
    expect(sentTo("a")).toEqual([{ seq: 2, ack: 2, frames: 1 }]);
    clock.advance(1);
    expect(sentTo("a")).toEqual([{ seq: 0, ack: 3, frames: 0 }]);
  });

  test("are said again after 400 ms, 800 ms and then every 1.6 s, all of them", () => {
    wire.faults = LOST;
    a.speak("b");
    clock.advance(0);
    a.speak("b");
    clock.advance(0);
    const times: number[] = [];
    for (let ms = 0; ms < 6_000; ms += 100) {
      if (sentTo("b").length === 2 && ms > 0) times.push(ms);
      clock.advance(100);
    }
    expect(times).toEqual([400, 1_200, 2_800, 4_400]);
    wire.faults = CALM;
    clock.advance(1_600);
    expect(b.heard).toHaveLength(2);
    // From here on the wait is 400 ms again.
    clock.advance(1_000);
    wire.faults = LOST;
    a.speak("b");
    clock.advance(0);
    sentTo("b");
    clock.advance(LINK.againMs);
    expect(sentTo("b")).toEqual([{ seq: 3, ack: 0, frames: 1 }]);
  });

  test("are not said again as long as some are acknowledged", () => {
    meet();
    wire.faults = { ...CALM, delayMs: 1 };
    for (let times = 0; times < 20; times++) {
      a.speak("b");
      clock.advance(100);
    }
    expect(a.links.figures()).toMatchObject({ packetsOut: 21, packetsAgain: 0 });
  });

  test("are not said again, and the link is not broken, while the other side acknowledges one after another", () => {
    meet();
    wire.faults = LOST;
    const acknowledge = (seq: number) =>
      a.links.received(packetText(headOf("b", { boot: "b-1", number: 1 }, { boot: "a-1", number: 1 }), 0, seq, ""));
    for (let times = 0; times < 10; times++) {
      a.speak("b");
      clock.advance(0);
    }
    for (let seq = 2; seq < 8; seq++) {
      clock.advance(LINK.againMs - 1);
      acknowledge(seq);
    }
    expect(a.links.figures().packetsAgain).toBe(0);
    for (let seq = 8; seq < 11; seq++) {
      clock.advance(LINK.silentMs - 2_000);
      acknowledge(seq);
    }
    expect(a.told).toEqual([]);
  });

  test("that come twice are dropped, and acknowledged once more", () => {
    wire.faults = { ...CALM, doubled: 1 };
    a.speak("b");
    clock.advance(LINK.ackMs);
    expect([b.heard.length, b.links.figures().packetsTwice]).toEqual([1, 1]);
    meetAgainAfterLostAck();
  });

  function meetAgainAfterLostAck(): void {
    wire.faults = CALM;
    a.speak("b");
    clock.advance(0);
    wire.faults = LOST;
    clock.advance(LINK.ackMs);
    wire.faults = CALM;
    clock.advance(LINK.againMs + LINK.ackMs);
    expect([b.heard.length, b.links.figures().packetsTwice, a.links.figures().bytes]).toEqual([2, 2, 0]);
  }

  test("behind a gap are not taken before it is filled", () => {
    meet();
    wire.faults = LOST;
    a.speak("b");
    clock.advance(0);
    wire.faults = CALM;
    a.speak("b");
    clock.advance(0);
    expect(b.heard).toHaveLength(1);
    clock.advance(LINK.againMs);
    expect(b.heard).toHaveLength(3);
  });

  test("with a lone surrogate come as the engine would bring them", () => {
    a.speak("b", "\ud800");
    clock.advance(0);
    expect(wire.published.every(({ text }) => text.isWellFormed())).toBe(true);
    expect(b.heard).toHaveLength(1);
  });

  test("are carried out to the end though one frame throws", () => {
    b.onHeard = (_, { line }) => {
      if (line === 1) throw new Error("a bug");
    };
    a.speak("b");
    a.speak("b");
    clock.advance(LINK.ackMs);
    expect([b.heard.length, b.faults.length, a.links.figures().bytes]).toEqual([2, 1, 0]);
  });

  test("acknowledge nothing that was never said", () => {
    wire.faults = LOST;
    a.speak("b");
    clock.advance(0);
    wire.faults = CALM;
    const head = headOf("b", { boot: "b-1", number: 1 }, { boot: "a-1", number: 1 });
    wire.publish(channelOf("test", "a"), packetText(head, 0, 7, ""));
    clock.advance(0);
    expect(a.links.figures().bytes).toBeGreaterThan(0);
  });
});

describe("[N3] the engine", () => {
  test("is away: nothing is published, and what was said comes when it is back", () => {
    meet();
    wire.isUp = false;
    for (let times = 0; times < 3; times++) {
      a.speak("b");
      clock.advance(3_000);
    }
    expect(wire.published).toEqual([]);
    wire.isUp = true;
    a.links.engineBack();
    expect(sentTo("b").map(({ seq }) => seq)).toEqual([2, 3, 4]);
    clock.advance(LINK.ackMs);
    expect([b.heard.length, a.links.figures().bytes]).toEqual([4, 0]);
    expect([a.links.figures().packetsOut, a.links.figures().packetsAgain]).toEqual([4, 0]);
  });

  test("was away while it carried packets and acknowledgements: nothing is lost or doubled", () => {
    meet();
    a.speak("b");
    clock.advance(0);
    wire.isUp = false;
    wire.published.splice(0);
    clock.advance(1_000);
    expect(wire.published).toEqual([]);
    a.speak("b");
    wire.isUp = true;
    for (const { links } of [a, b]) links.engineBack();
    clock.advance(LINK.ackMs);
    expect(b.heard).toHaveLength(3);
    expect([...a.wrongs, ...b.wrongs, ...a.told, ...b.told]).toEqual([]);
    expect([a.links.figures().bytes, b.links.figures().packetsTwice]).toEqual([0, 1]);
  });

  test("is back: a link with nothing to say asks whether the other side knows it", () => {
    meet();
    b = restart(b, "b-2");
    a.links.engineBack();
    clock.advance(0);
    expect(a.told).toEqual(["b anotherBoot"]);
  });
});

describe("[N3] a way", () => {
  test("is full past 1 MiB unacknowledged, and has room again below 256 KiB", () => {
    meet();
    wire.faults = LOST;
    for (let times = 0; times < 16; times++) {
      expect([a.links.isFull("b"), a.told]).toEqual([false, []]);
      a.speak("b", "é".repeat(32 * KiB));
      clock.advance(0);
    }
    expect([a.links.isFull("b"), a.told]).toEqual([true, ["b fills"]]);
    a.speak("b");
    clock.advance(0);
    const first = { boot: "b-1", number: 1 };
    const acknowledge = (seq: number) =>
      a.links.received(packetText(headOf("b", first, { boot: "a-1", number: 1 }), 0, seq, ""));
    acknowledge(9);
    expect(a.links.figures().bytes).toBeLessThan(LINK.fullBytes);
    expect([a.links.isFull("b"), a.told]).toEqual([true, ["b fills"]]);
    acknowledge(15);
    expect(a.links.figures().bytes).toBeLessThan(LINK.roomBytes);
    expect([a.links.isFull("b"), a.told]).toEqual([false, ["b fills", "b has room"]]);
  });

  test("is full in the turn that fills it, and says so at its end", () => {
    meet();
    for (let times = 0; times < 16; times++) a.speak("b", "x".repeat(64 * KiB));
    expect([a.links.isFull("b"), a.links.isJammed("b"), a.told]).toEqual([true, false, []]);
    for (let times = 0; times < 49; times++) a.speak("b", "x".repeat(64 * KiB));
    expect([a.links.isJammed("b"), a.told]).toEqual([true, []]);
    clock.advance(0);
    clock.advance(LINK.ackMs);
    expect([a.links.isFull("b"), a.links.isJammed("b"), a.told]).toEqual([false, false, ["b fills", "b has room"]]);
  });

  test("holds up nobody else when nothing has been acknowledged for 5 s", () => {
    meet();
    b.links.hold("a");
    for (let times = 0; times < 65; times++) a.speak("b", "x".repeat(64 * KiB));
    clock.advance(LINK.jammedMs - 1);
    expect([a.links.isFull("b"), a.links.isJammed("b")]).toEqual([true, true]);
    clock.advance(1);
    expect([a.links.isFull("b"), a.links.isJammed("b")]).toEqual([true, false]);
  });

  test("has no end unless its node is known: nothing is said", () => {
    expect([a.speak("c"), b.speak("a"), a.speak("a")]).toEqual([false, false, false]);
    a.links.know("a", "a-2");
    expect([a.speak("a"), a.links.isFull("c")]).toEqual([false, false]);
  });

  test("is known to whoever was spoken to", () => {
    a.speak("b");
    clock.advance(0);
    expect(b.speak("a")).toBe(true);
    clock.advance(0);
    expect(a.heard).toHaveLength(1);
  });
});

describe("[N10] a link is broken on both sides", () => {
  /** Whatever it was: what is said from now on comes. */
  function goesOn(): void {
    wire.faults = CALM;
    for (let round = 0; round < 2; round++) {
      a.links.know("b", b.boot);
      a.speak("b");
      clock.advance(0);
      b.speak("a");
      clock.advance(2_000);
    }
    expect([a.hasAllOf(b), b.hasAllOf(a), ...a.wrongs, ...b.wrongs]).toEqual([true, true]);
  }

  test("past 8 MiB unacknowledged", () => {
    meet();
    b.links.hold("a");
    for (let times = 0; times < 128; times++) {
      expect([b.told, a.links.isFull("b")]).toEqual([[], times > 15]);
      a.speak("b", "x".repeat(64 * KiB));
      clock.advance(0);
    }
    clock.advance(0);
    expect([a.told, b.told]).toEqual([["b fills", "b full"], ["a forgotten"]]);
    expect([a.links.isFull("b"), a.links.figures().bytes]).toEqual([false, 0]);
    b.links.release("a");
    goesOn();
  });

  test("when nothing was acknowledged for 60 s", () => {
    meet();
    b.links.hold();
    a.speak("b");
    clock.advance(LINK.silentMs - 1);
    expect(a.told).toEqual([]);
    clock.advance(LINK.againMsMax);
    expect([a.told, b.told]).toEqual([["b silent"], ["a forgotten"]]);
    b.links.release();
    // What waited there went with the link.
    expect(b.heard).toHaveLength(1);
    goesOn();
  });

  test("when another process is behind the name, at the next packet of either", () => {
    meet();
    b = restart(b, "b-2");
    a.speak("b");
    clock.advance(0);
    expect([a.told, b.heard]).toEqual([["b anotherBoot"], []]);
    goesOn();
    a = restart(a, "a-2");
    a.links.know("b", "b-2");
    b.told.length = 0;
    a.speak("b");
    clock.advance(0);
    expect([b.told, b.heard.at(-1)]).toEqual([["a anotherBoot"], "a a-2/1/1"]);
    goesOn();
  });

  test("when the directory names another process, and late words of the one before change nothing", () => {
    meet();
    const [old, late] = [a.boot, { boot: "b-1", number: 2 }];
    b = restart(b, "b-2");
    a.links.know("b", "b-2");
    expect(a.told).toEqual(["b anotherBoot"]);
    a.speak("b");
    clock.advance(0);
    const words = "f,1,,7:b-1/1/1";
    bring("a", "b", { from: late, to: { boot: old, number: 0 } }, 1, words);
    bring("a", "b", { from: { boot: "b-1", number: 0 }, to: { boot: old, number: 1 } });
    a.links.know("b", "b-1");
    expect([a.told, a.heard.length]).toEqual([["b anotherBoot"], 1]);
    goesOn();
    // A name that was taken wrongly can be had back.
    clock.advance(10_000);
    a.links.know("b", "b-1");
    expect(a.told).toEqual(["b anotherBoot", "b anotherBoot"]);
  });

  test("when the other side has forgotten it, at the next packet", () => {
    meet();
    wire.faults = LOST;
    b.links.died("a");
    wire.faults = CALM;
    expect([a.told, b.told]).toEqual([[], ["a dead"]]);
    a.speak("b");
    clock.advance(0);
    expect([a.told, b.heard.length]).toEqual([["b forgotten"], 1]);
    goesOn();
  });

  test("when the other side has forgotten it and nobody says anything", () => {
    meet();
    b = restart(b, "b-2");
    clock.advance(2 * LINK.quietMs);
    expect(a.told).toEqual(["b anotherBoot"]);
    goesOn();
  });

  test("when the other side has begun another", () => {
    meet();
    wire.faults = LOST;
    b.links.died("a");
    b.links.know("a", "a-1");
    wire.faults = CALM;
    b.speak("a");
    clock.advance(0);
    expect([a.told, a.heard.at(-1)]).toEqual([["b forgotten"], "b b-1/2/1"]);
    goesOn();
  });

  test("when the node is dead: nothing is said to it until it is heard or heard of again", () => {
    meet();
    a.links.died("b");
    clock.advance(0);
    expect([a.told, b.told, a.speak("b")]).toEqual([["b dead"], ["a forgotten"], false]);
    b.speak("a");
    clock.advance(0);
    expect([a.heard.length, a.speak("b")]).toEqual([2, true]);
    a.links.died("b");
    clock.advance(0);
    a.links.know("b", "b-1");
    expect(a.speak("b")).toBe(true);
    goesOn();
  });

  test("when what was said on it before would be taken once more", () => {
    a.speak("b");
    clock.advance(0);
    const first = wire.published.find(({ text }) => text.includes("a-1/1/1"))?.text ?? "";
    b.links.died("a");
    clock.advance(100);
    b.links.received(first);
    clock.advance(0);
    expect([b.heard.length, b.told, b.links.figures().links]).toEqual([1, ["a dead"], 0]);
    goesOn();
  });

  test("when one speaks another version, and neither answers the other for ever", () => {
    meet();
    const foreign = (end: string) => wire.publish(channelOf("test", "a"), `2 b b-1 ${end} of-its-own|words`);
    wire.published.splice(0);
    foreign("1");
    clock.advance(0);
    expect([a.told, b.told]).toEqual([["b version"], ["a forgotten"]]);
    clock.advance(100);
    wire.published.splice(0);
    foreign("0");
    clock.advance(100);
    expect(sentTo("b")).toEqual([]);
    // Another process of it is refused as well, so that it knows.
    wire.publish(channelOf("test", "a"), "2 b b-2 1 of-its-own|words");
    clock.advance(0);
    expect(sentTo("b")).toEqual([{ seq: 0, ack: 0, frames: 0 }]);
    // Late words of the one before it break nothing of the new one's.
    a.speak("b");
    foreign("1");
    clock.advance(100);
    expect(a.told).toEqual(["b version"]);
  });

  test("when a new process speaks another version", () => {
    meet();
    wire.publish(channelOf("test", "a"), "2 b b-2 1 of-its-own|words");
    clock.advance(0);
    expect(a.told).toEqual(["b version"]);
  });

  test("when its frames cannot be read", () => {
    meet();
    const ends = { from: { boot: "b-1", number: 1 }, to: { boot: "a-1", number: 1 } };
    bring("a", "b", ends, 2, "?,1,,0:");
    expect([a.told, b.told]).toEqual([["b version"], ["a forgotten"]]);
    goesOn();
  });

  test("in the middle of a packet: the frames behind are not heard", () => {
    meet();
    b.onHeard = () => b.links.died("a");
    a.speak("b");
    a.speak("b");
    clock.advance(0);
    expect([b.heard.length, b.told, a.told]).toEqual([2, ["a dead"], ["b forgotten"]]);
    b.onHeard = () => {};
    goesOn();
  });
});

describe("[N10] a packet is refused, and not taken", () => {
  const words = (boot: string, link: number, number: number) => {
    const text = `${boot}/${link}/${number}/`;
    return `f,${number},,${text.length}:${text}`;
  };

  test("for a side of ours that is over, though the one we have has not been heard yet", () => {
    meet();
    a.links.died("b");
    a.links.know("b", "b-1");
    wire.faults = LOST;
    a.speak("b");
    clock.advance(0);
    wire.faults = CALM;
    wire.published.splice(0);
    bring("a", "b", { from: { boot: "b-1", number: 9 }, to: { boot: "a-1", number: 1 } }, 1, words("b-1", 9, 1));
    expect([a.heard.length, sentTo("b").length]).toEqual([1, 1]);
  });

  test("of a side older than the one that is known", () => {
    const to = { boot: "a-1", number: 0 };
    bring("a", "b", { from: { boot: "b-1", number: 5 }, to }, 1, words("b-1", 5, 1));
    wire.published.splice(0);
    bring("a", "b", { from: { boot: "b-1", number: 4 }, to }, 2, words("b-1", 4, 2));
    expect([a.heard, sentTo("b").length, a.told]).toEqual([["b b-1/5/1"], 1, []]);
  });
});

describe("[N10] a refusal", () => {
  test("is said once for all packets of a link that come together", () => {
    wire.faults = LOST;
    for (let times = 0; times < 5; times++) {
      a.speak("b");
      clock.advance(0);
    }
    b.links.stop();
    wire.faults = CALM;
    b = new WireNode(wire, "b", "b-2");
    wire.published.splice(0);
    clock.advance(LINK.againMs);
    expect([sentTo("a").length, a.told]).toEqual([1, ["b anotherBoot"]]);
  });

  test("of another link, or for another process, changes nothing", () => {
    meet();
    const none = { boot: "b-1", number: 0 };
    bring("a", "b", { from: none, to: { boot: "a-1", number: 2 } });
    bring("a", "b", { from: none, to: { boot: "a-0", number: 1 } });
    expect([a.told, a.links.figures().links]).toEqual([[], 1]);
    bring("a", "b", { from: none, to: { boot: "a-1", number: 1 } });
    expect(a.told).toEqual(["b forgotten"]);
  });
});

describe("[N8] a node that is held", () => {
  test("takes nothing and acknowledges nothing until it is released, and then all in order", () => {
    meet();
    b.links.hold("a");
    for (let times = 0; times < 3; times++) {
      a.speak("b");
      clock.advance(1_000);
    }
    expect([b.heard.length, a.links.figures().packetsAgain > 0]).toEqual([1, true]);
    expect(sentTo("a")).toEqual([]);
    b.links.release("a");
    expect(b.heard).toHaveLength(4);
    clock.advance(LINK.ackMs);
    expect([a.links.figures().bytes, ...b.wrongs]).toEqual([0]);
  });

  test("may speak, and hears what is acknowledged", () => {
    meet();
    b.links.hold();
    b.speak("a");
    clock.advance(LINK.ackMs);
    expect([a.heard.length, b.links.figures().bytes]).toEqual([2, 0]);
  });

  test("[N9] has what comes wait that finds the node to be held: nobody has looked since the packet before it", () => {
    meet();
    b.onLook = () => b.links.hold();
    a.speak("b");
    clock.advance(0);
    expect(b.heard).toHaveLength(1);
    b.onLook = () => {};
    b.links.release();
    expect(b.heard).toHaveLength(2);
  });

  test("holds links that begin meanwhile, each as it was asked to", () => {
    b.links.hold();
    b.links.hold("a");
    const c = new WireNode(wire, "c", "c-1");
    c.links.know("b", "b-1");
    a.speak("b");
    c.speak("b");
    clock.advance(0);
    expect(b.heard).toEqual([]);
    b.links.release("c");
    expect(b.heard).toEqual([]);
    b.links.release();
    expect(b.heard).toEqual(["c c-1/1/1"]);
    b.links.release("a");
    expect(b.heard).toEqual(["c c-1/1/1", "a a-1/1/1"]);
    b.links.hold("a");
    c.speak("b");
    a.speak("b");
    clock.advance(0);
    expect(b.heard).toHaveLength(3);
  });

  test("may be held again by what was waiting", () => {
    meet();
    b.links.hold();
    for (let times = 0; times < 2; times++) {
      a.speak("b");
      clock.advance(0);
    }
    b.onHeard = () => b.links.hold();
    b.links.release();
    expect(b.heard).toHaveLength(2);
    b.links.release();
    expect(b.heard).toHaveLength(3);
  });
});

test("[N10] what is no packet, or one's own, is dropped", () => {
  for (const text of [
    "",
    "hello",
    "1 a|",
    packetText(headOf("a", { boot: "a-1", number: 1 }, { boot: "a-1", number: 0 }), 1, 0, ""),
  ]) {
    a.links.received(text);
  }
  expect([a.heard, a.told, a.links.figures().links]).toEqual([[], [], 0]);
});

test("[N10] nodes are forgotten past a thousand, but for those with a link or on hold", () => {
  meet();
  a.links.hold("held");
  a.links.know("old", "old-1");
  const held = new WireNode(wire, "held", "held-1");
  held.links.know("a", "a-1");
  for (let number = 0; number < 1_024; number++) a.links.know(`n${number}`, "x");
  expect([a.speak("old"), a.speak("n1023"), a.speak("b")]).toEqual([false, true, true]);
  held.speak("a");
  clock.advance(0);
  expect(a.heard).toHaveLength(1);
});

test("[N3] figures tell what is on its way and for how long", () => {
  meet();
  wire.faults = LOST;
  a.speak("b", "é");
  clock.advance(100);
  a.speak("b");
  clock.advance(200);
  const counts = { packetsIn: 1, packetsOut: 3, packetsAgain: 0, packetsTwice: 0 };
  const [one, other] = ["f,2,,b:a-1/1/2/é".length + 1, "f,3,,8:a-1/1/3/".length];
  expect(a.links.figures()).toEqual({ ...counts, links: 1, bytes: one + other, oldestMs: 300 });
});
