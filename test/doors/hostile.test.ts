// Everything that a frame can be, thrown at a server of its own process with a party beside it [L1]. Each attack has a line and
// an address of its own; after each the party must be unharmed.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Bystanders, expectNoSecrets, newAddress } from "../support/bystander.ts";
import { Client } from "../support/client.ts";
import { frame, OPCODE, RawClient } from "../support/raw.ts";

let party: Bystanders;

beforeAll(async () => {
  party = await Bystanders.start();
});

afterAll(() => party.stop());

/** A line with a seat in a room of its own, as half of the attacks need one. */
async function seated(): Promise<Client> {
  const client = await Client.connect(party.child.url, newAddress());
  expect((await client.ask({ type: "create", clientId: "mallory", maxClients: 4 })).type).toBe("created");
  return client;
}

const DEEP = "[".repeat(60_000);
const send = (data: string) => `{"type":"send","to":"mallory","data":${data}}`;

/** Text → what comes back: an error's code, or the type of the frame. */
const TEXTS: Readonly<Record<string, readonly [text: string, answer: string]>> = {
  null: ["null", "unknown_type"],
  "a list": ["[]", "unknown_type"],
  "a number": ["5", "unknown_type"],
  "a string": ['"x"', "unknown_type"],
  "half an object": ["{", "invalid_json"],
  nothing: ["", "invalid_json"],
  "white space": [" \n\t ", "invalid_json"],
  "a NUL": ["\u0000", "invalid_json"],
  "60,000 open lists": [DEEP, "invalid_json"],
  "60,000 open objects": ['{"":'.repeat(15_000), "invalid_json"],
  "30,000 nested lists": [`${DEEP.slice(30_000)}${"]".repeat(30_000)}`, "unknown_type"],
  "nested lists as data": [send(`${DEEP.slice(30_000)}${"]".repeat(30_000)}`), "too_deep"],
  "open lists as data": [send(DEEP), "invalid_json"],
  "nested lists as type": [`{"type":${"[".repeat(9_000)}${"]".repeat(9_000)}}`, "unknown_type"],
  "nested lists as to": [`{"type":"send","data":1,"to":${"[".repeat(9_000)}${"]".repeat(9_000)}}`, "bad_field"],
  "nested lists as id": [`{"type":"ping","id":${"[".repeat(9_000)}${"]".repeat(9_000)}}`, "bad_field"],
  "nested lists as anything": [`{"type":"ping","x":${"[".repeat(9_000)}${"]".repeat(9_000)}}`, "pong"],
  "backslashes without end": [`{"type":"send","data":"${"\\".repeat(65_000)}`, "invalid_json"],
  "backslashes as data": [send(`"${"\\".repeat(65_000)}"`), "message"],
  "an odd number of them": [send(`"${"\\".repeat(65_001)}"`), "invalid_json"],
  "quotes without end": [`{"type":"send","data":${'"'.repeat(65_001)}`, "invalid_json"],
  "escaped quotes": [send(`"${'\\"'.repeat(32_000)}"`), "message"],
  "10,000 keys": [`{${Array.from({ length: 6_000 }, (_, n) => `"k${n}":1`).join()},"type":"ping"}`, "pong"],
  "10,000 times one key": [`{${'"data":0,'.repeat(7_000)}"type":"ping"}`, "pong"],
  "10,000 escaped keys": [`{${'"\\u0064ata":0,'.repeat(4_300)}"type":"ping"}`, "pong"],
  "a key of 64 KB": [`{"${"k".repeat(65_000)}":1,"type":"ping"}`, "pong"],
  "a type of 64 KB": [`{"type":"${"t".repeat(65_000)}"}`, "unknown_type"],
  "an id of 64 KB": [`{"type":"ping","id":"${"i".repeat(65_000)}"}`, "bad_field"],
  "10,000 targets": [`{"type":"send","data":1,"to":[${'"x",'.repeat(10_000)}"y"]}`, "target_not_found"],
  "no targets": ['{"type":"send","data":1,"to":[]}', "bad_field"],
  "a type called __proto__": ['{"type":"__proto__"}', "unknown_type"],
  "a type called constructor": ['{"type":"constructor"}', "unknown_type"],
  "a type called toString": ['{"type":"toString"}', "unknown_type"],
  "a type called hasOwnProperty": ['{"type":"hasOwnProperty"}', "unknown_type"],
  "a prototype with a type": ['{"__proto__":{"type":"ping"}}', "unknown_type"],
  "a type that is an object": ['{"type":{"toString":1}}', "unknown_type"],
  "a __proto__ beside a type": ['{"__proto__":null,"constructor":1,"hasOwnProperty":1,"type":"ping"}', "pong"],
  "escaped keys": ['{"typ\\u0065":"send","\\u0074o":"mallory","d\\u0061ta":1}', "message"],
  "keys twice": ['{"type":"leave","data":[,"type":"send","data":1}', "invalid_json"],
  "a from of my own": ['{"type":"send","from":"tv","to":"mallory","data":1,"from":"tv"}', "message"],
  "data that closes the frame": ['{"type":"send","to":"mallory","data":1},{"from":"tv"}', "invalid_json"],
  "data that is no value": ['{"type":"send","to":"mallory","data":1 2}', "invalid_json"],
  "1e400": [send("1e400"), "message"],
  "-0": [send("-0"), "message"],
  "2^53+1": [send("9007199254740993"), "message"],
  NaN: [send("NaN"), "invalid_json"],
  "1e400 as id": ['{"type":"ping","id":1e400}', "bad_field"],
  "2^53+1 as id": ['{"type":"ping","id":9007199254740993}', "bad_field"],
  "1e400 as maxClients": ['{"type":"create","clientId":"a","maxClients":1e400}', "already_in_room"],
  "a lone surrogate, escaped": [send('"\\ud800"'), "message"],
  "lone surrogates in a type": ['{"type":"\\ud800\\udfff"}', "unknown_type"],
  "a comment": ['{"type":"ping"/**/}', "invalid_json"],
  "a byte order mark": ['\ufeff{"type":"ping"}', "pong"],
  "two byte order marks": ['\ufeff\ufeff{"type":"ping"}', "invalid_json"],
  "nothing but byte order marks": ["\ufeff".repeat(20_000), "invalid_json"],
  "two frames in one": ['{"type":"ping"}{"type":"ping"}', "invalid_json"],
};

describe("texts", () => {
  test.each(Object.entries(TEXTS))("[L1] %s", async (_, [text, answer]) => {
    const attacker = await seated();
    const frame = await attacker.ask(text);
    expect(frame.type === "error" ? frame.code : frame.type).toBe(answer);
    if (frame.type === "message") expect(frame.from).toBe("mallory");
    expectNoSecrets(JSON.stringify(frame));
    expect(await attacker.upToFence()).toEqual([]);
    await attacker.close();
    await party.areUnharmed();
  });

  const WORDS = ["__proto__", "constructor", "toString", "hasOwnProperty", "prototype", "valueOf"];
  test("[L1] names of Object.prototype as clientId, name, room and target", async () => {
    const attacker = await Client.connect(party.child.url, newAddress());
    for (const word of WORDS) {
      expect(await attacker.ask({ type: "join", clientId: word, room: "ZZZZ" })).toMatchObject({
        code: "room_not_found",
      });
      expect(await attacker.ask({ type: "create", clientId: word, maxClients: 2, room: word })).toMatchObject({
        code: "bad_field",
      });
      expect((await attacker.ask({ type: "create", clientId: word, maxClients: 2, name: word })).type).toBe("created");
      expect(await attacker.ask({ type: "send", to: word, data: word })).toEqual({
        type: "message",
        from: word,
        data: word,
      });
      for (const other of WORDS.filter((name) => name !== word)) {
        expect(await attacker.ask({ type: "send", to: other, data: 1 })).toMatchObject({ code: "target_not_found" });
      }
      expect((await attacker.ask({ type: "leave" })).type).toBe("left");
    }
    await attacker.close();
    await party.areUnharmed();
  });

  test("[L1] names of Object.prototype as room of a join", async () => {
    const attacker = await Client.connect(party.child.url, newAddress());
    for (const room of WORDS) {
      expect(await attacker.ask({ type: "join", clientId: "a", room })).toMatchObject({ code: "room_not_found" });
    }
    await attacker.close();
    await party.areUnharmed();
  });
});

describe("binary frames", () => {
  test("[P2] UTF-8 is taken as text, also with a byte order mark; anything else is not JSON", async () => {
    const attacker = await seated();
    const say = (bytes: Uint8Array<ArrayBuffer>) => {
      attacker.sendBytes(bytes);
      return attacker.next();
    };
    const ping = new TextEncoder().encode('{"type":"ping"}');
    expect((await say(ping)).type).toBe("pong");
    for (const bytes of [[], [0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0x7b, 0x80, 0x7d]]) {
      expect(await say(Uint8Array.from(bytes))).toMatchObject({ code: "invalid_json" });
    }
    // Not even where it would be JSON with something else in that place.
    const id = Buffer.concat([Buffer.from('{"type":"ping","id":"'), Uint8Array.of(0xff), Buffer.from('"}')]);
    expect(await say(Uint8Array.from(id))).toMatchObject({ code: "invalid_json" });
    expect(await say(Uint8Array.from({ length: 65_536 }, (_, at) => at))).toMatchObject({ code: "invalid_json" });
    await attacker.close();
    await party.areUnharmed();
  });
});

/** A frame with other bits in its first byte. */
function withBits(bits: number): Buffer {
  const bytes = frame('{"type":"ping"}');
  bytes[0] = bits;
  return bytes;
}

function closeFrame(code: number, reason: string | Uint8Array = ""): Buffer {
  return frame(Buffer.concat([Uint8Array.of(code >> 8, code & 0xff), Buffer.from(reason)]), OPCODE.close);
}

/** Bytes → the close code on the wire. */
const BYTES: Readonly<Record<string, readonly [bytes: Uint8Array | readonly Uint8Array[], code: number]>> = {
  "text that is no UTF-8": [frame(Uint8Array.of(0x22, 0xff, 0xfe, 0x22)), 1007],
  "an unpaired surrogate in UTF-8": [frame(Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22)), 1007],
  "a frame that is too large": [frame("x".repeat(65_537)), 1009],
  "a frame that says it is 2^63 bytes": [Uint8Array.of(0x81, 0xff, 0xff, ...Array(7).fill(0xff), 1, 2, 3, 4), 1009],
  "a frame that says it is 4 GB": [Uint8Array.of(0x82, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 1, 2, 3, 4), 1009],
  "fragments that add up to too much": [
    [frame("x".repeat(40_000), OPCODE.text, false), frame("x".repeat(40_000), OPCODE.continuation)],
    1009,
  ],
  "reserved bit 1": [withBits(0xc1), 1002],
  "reserved bit 2": [withBits(0xa1), 1002],
  "reserved bit 3": [withBits(0x91), 1002],
  "opcode 3": [withBits(0x83), 1002],
  "opcode 11": [withBits(0x8b), 1002],
  "opcode 15": [withBits(0x8f), 1002],
  "an unmasked frame": [Uint8Array.of(0x81, 2, 0x7b, 0x7d), 1002],
  "a continuation of nothing": [frame("x", OPCODE.continuation), 1002],
  "a message inside a message": [[frame("x", OPCODE.text, false), frame("{}", OPCODE.text)], 1002],
  "a ping of 126 bytes": [frame("x".repeat(126), OPCODE.ping), 1002],
  "a ping in pieces": [frame("x", OPCODE.ping, false), 1002],
  "a close of one byte": [frame("x", OPCODE.close), 1002],
  "a close with code 0": [closeFrame(0), 1002],
  "a close with code 999": [closeFrame(999), 1002],
  "a close with code 1005": [closeFrame(1005), 1002],
  "a close with code 1006": [closeFrame(1006), 1002],
  "a close with code 65535": [closeFrame(65_535), 1002],
  "a close with a reason that is no UTF-8": [closeFrame(1000, Uint8Array.of(0xff)), 1007],
  "a close with a code of ours": [closeFrame(4000, "replaced"), 4000],
  "a close without a code": [frame("", OPCODE.close), 1005],
  "a close, and then more": [[closeFrame(1000), frame('{"type":"ping"}'), closeFrame(1000)], 1000],
};

describe("bytes", () => {
  test.each(Object.entries(BYTES))("[L1] %s", async (_, [bytes, code]) => {
    const attacker = await RawClient.connect(party.child.url, newAddress());
    attacker.send('{"type":"create","clientId":"mallory","maxClients":4}');
    expect((await attacker.next()).type).toBe("created");
    attacker.write(Buffer.concat([bytes].flat()));
    expect(await attacker.closeCode()).toBe(code);
    attacker.destroy();
    await party.areUnharmed();
  });

  test("[L1] control frames between the pieces of a message", async () => {
    const attacker = await RawClient.connect(party.child.url, newAddress());
    attacker.write(frame('{"type":', OPCODE.text, false));
    attacker.write(frame("hello", OPCODE.ping));
    attacker.write(frame("", OPCODE.pong));
    attacker.write(frame('"pi', OPCODE.continuation, false));
    attacker.write(frame("", OPCODE.continuation, false));
    attacker.write(frame('ng"}', OPCODE.continuation));
    expect(await attacker.nextFrame()).toMatchObject({ opcode: OPCODE.pong, payload: Buffer.from("hello") });
    expect((await attacker.next()).type).toBe("pong");
    attacker.destroy();
    await party.areUnharmed();
  });

  test("[L1] a message that never ends, one empty piece after the other", async () => {
    const attacker = await RawClient.connect(party.child.url, newAddress());
    attacker.write(frame("x", OPCODE.text, false));
    attacker.write(Buffer.concat(Array.from({ length: 5_000 }, () => frame("", OPCODE.continuation, false))));
    attacker.write(frame("", OPCODE.ping));
    expect((await attacker.nextFrame()).opcode).toBe(OPCODE.pong);
    await party.areUnharmed();
    attacker.destroy();
    await party.areAlone();
  });

  test("[L1] as many pings and pongs as messages may be", async () => {
    const attacker = await RawClient.connect(party.child.url, newAddress());
    const pings = Array.from({ length: 100 }, (_, n) => frame(String(n), n % 2 === 0 ? OPCODE.ping : OPCODE.pong));
    attacker.write(Buffer.concat(pings));
    attacker.send('{"type":"ping"}');
    expect((await attacker.next()).type).toBe("pong");
    attacker.destroy();
    await party.areUnharmed();
  });

  test("[L1] a frame that comes byte by byte", async () => {
    const attacker = await RawClient.connect(party.child.url, newAddress());
    for (const byte of frame('{"type":"ping"}')) {
      await new Promise<void>((written) => attacker.socket.write(Uint8Array.of(byte), () => written()));
    }
    expect((await attacker.next()).type).toBe("pong");
    attacker.destroy();
    await party.areUnharmed();
  });
});
