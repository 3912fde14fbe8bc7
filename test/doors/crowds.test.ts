// Connections and requests that mean no good, on a server of its own process with a party beside it [L1]: half handshakes,
// sockets that vanish at any moment, storms of joins, HTTP that no browser would send.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { TAKEOVERS_MAX } from "../../src/rooms/fight.ts";
import { Bystanders, expectNoSecrets, newAddress } from "../support/bystander.ts";
import { Client } from "../support/client.ts";
import { wrongCode } from "../support/guesses.ts";
import { handshake, rawHttp } from "../support/http.ts";
import { frame, OPCODE, RawClient } from "../support/raw.ts";

let party: Bystanders;

beforeAll(async () => {
  party = await Bystanders.start();
});

afterAll(() => party.stop());

function many<T>(count: number, make: (n: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, n) => make(n)));
}

function rawLine(headers = newAddress()): Promise<RawClient> {
  return RawClient.connect(party.child.url, headers);
}

const CREATE = '{"type":"create","clientId":"mallory","maxClients":50}';
const join = (room: unknown, clientId: string) => JSON.stringify({ type: "join", clientId, room });

describe("sockets that vanish", () => {
  const MOMENTS: Readonly<Record<string, (line: RawClient) => void>> = {
    "right after the handshake": () => {},
    "in the middle of a frame's head": (line) => line.write(Uint8Array.of(0x81)),
    "in the middle of a frame's body": (line) => line.write(frame(CREATE).subarray(0, 20)),
    "in the middle of a message in pieces": (line) => line.write(frame("{", OPCODE.text, false)),
    "right after create": (line) => line.send(CREATE),
    "right after create, send, leave, create": (line) => {
      for (const text of [CREATE, '{"type":"send","to":"mallory","data":1}', '{"type":"leave"}', CREATE])
        line.send(text);
    },
    "right after create and close_room": (line) => {
      for (const text of [CREATE, '{"type":"close_room"}']) line.send(text);
    },
    "right after a close frame": (line) => line.write(frame("", OPCODE.close)),
    "right after nonsense": (line) => {
      for (let n = 0; n < 12; n++) line.send("{");
    },
    "in the middle of a flood": (line) => {
      line.send(CREATE);
      line.write(Buffer.concat(Array.from({ length: 300 }, () => frame('{"type":"send","data":1}'))));
    },
  };
  test.each(Object.entries(MOMENTS))("[L1] %s, reset or ended", async (_, act) => {
    const address = newAddress();
    const lines = await many(20, () => rawLine(address));
    for (const [n, line] of lines.entries()) {
      act(line);
      if (n % 3 === 0) line.socket.end();
      else if (n % 3 === 1) line.socket.resetAndDestroy();
      else line.destroy();
    }
    for (const line of lines) line.destroy();
    await party.areUnharmed();
    await party.areAlone();
  });

  test("[L1] while others are telling them things", async () => {
    const address = newAddress();
    const host = await Client.connect(party.child.url, address);
    const { room } = await host.ask(CREATE);
    const guests = await many(20, () => rawLine(address));
    for (const [n, guest] of guests.entries()) guest.send(join(room, `g${n}`));
    for (let n = 0; n < guests.length; n++) expect((await host.next()).type).toBe("peer_joined");
    for (const [n, guest] of guests.entries()) {
      host.send({ type: "send", data: "x".repeat(10_000) });
      host.send({ type: "send", to: [`g${n}`, "g0", "g19"], data: 1 });
      guest.destroy();
      host.send({ type: "send", to: `g${n}`, data: 1 });
    }
    const left = new Set<unknown>();
    while (left.size < guests.length) {
      const event = await host.next();
      if (event.type === "peer_left") left.add(event.clientId);
      else expect(event).toMatchObject({ code: "target_not_found" });
    }
    await host.close();
    await party.areUnharmed();
    await party.areAlone();
  });

  test("[L1] while they are paused for flooding", async () => {
    const floods = await many(4, async () => {
      const client = await Client.connect(party.child.url, newAddress());
      await client.ask(CREATE);
      for (let n = 0; n < 500; n++) client.send({ type: "send", to: "mallory", data: n });
      return client;
    });
    for (const client of floods) await client.next();
    await Promise.all(floods.map((client) => client.close()));
    await party.areUnharmed();
    await party.areAlone();
  }, 60_000);

  test("[L1] while their join waits its turn among the guesses", async () => {
    const address = newAddress();
    const guesser = await Client.connect(party.child.url, address);
    for (let n = 0; n < 11; n++) await guesser.ask(join(wrongCode(n), "mallory"));
    const line = await rawLine(address);
    // The first is answered, since the line was never wrong before.
    for (let n = 11; n < 13; n++) line.send(join(wrongCode(n), "mallory"));
    line.send('{"type":"leave"}');
    line.destroy();
    await guesser.close();
    await party.areUnharmed();
    await party.areAlone();
  }, 60_000);
});

describe("storms", () => {
  test("[R11] six lines fight for one clientId, as many as may: one seat, one winner, no ghost", async () => {
    const address = newAddress();
    const host = await Client.connect(party.child.url, address);
    const { room } = await host.ask(CREATE);
    const lines = await many(1 + TAKEOVERS_MAX, () => Client.connect(party.child.url, address));
    for (const line of lines) line.send(join(room, "me"));
    for (const line of lines) expect((await line.next()).type).toBe("joined");
    expect((await host.upToFence()).map(({ type }) => type)).toEqual(["peer_joined"]);
    host.send({ type: "send", to: "me", data: "who is it?", id: 1 });
    expect(await host.next()).toMatchObject({ type: "ack", delivered: 1 });
    const answers = [];
    for (const line of lines) answers.push(await line.next());
    expect(answers.filter(({ type }) => type === "message")).toHaveLength(1);
    expect(answers.filter(({ type, code, retry }) => type === "bye" && code === 4000 && retry === false)).toHaveLength(
      TAKEOVERS_MAX,
    );
    await Promise.all(lines.map((line) => line.close()));
    expect(await host.next()).toEqual({ type: "peer_left", clientId: "me", reason: "lost" });
    await host.close();
    await party.areUnharmed();
    await party.areAlone();
  });

  test("[L1] rooms opened and closed as fast as one line can", async () => {
    const client = await Client.connect(party.child.url, newAddress());
    for (let n = 0; n < 50; n++) {
      client.send(CREATE);
      client.send({ type: "leave" });
    }
    for (let n = 0; n < 50; n++) {
      expect((await client.next()).type).toBe("created");
      expect((await client.next()).type).toBe("left");
    }
    await client.close();
    await party.areUnharmed();
    await party.areAlone();
  });

  test("[L1] rooms that close on everyone in them, again and again", async () => {
    for (let round = 0; round < 5; round++) {
      const address = newAddress();
      const host = await Client.connect(party.child.url, address);
      const { room } = await host.ask(CREATE);
      const guests = await many(10, () => Client.connect(party.child.url, address));
      await Promise.all(guests.map((guest, n) => guest.ask(join(room, `g${n}`))));
      for (const guest of guests) guest.send({ type: "send", data: "x" });
      host.send({ type: "close_room" });
      for (const line of [host, ...guests]) expect((await line.closed).code).toBe(4001);
    }
    await party.areUnharmed();
    await party.areAlone();
  });

  test("[L1] more connections than an address may have", async () => {
    const address = newAddress();
    const results = await Promise.allSettled(Array.from({ length: 150 }, () => rawLine(address)));
    const lines = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    expect(lines.length).toBeGreaterThanOrEqual(100);
    expect(results.some((result) => result.status === "rejected" && String(result.reason).includes("429"))).toBe(true);
    for (const line of lines) line.destroy();
    await party.areUnharmed();
    await party.areAlone();
  });
});

describe("handshakes", () => {
  test("[L1] that stop halfway", async () => {
    const whole = handshake("/", newAddress());
    const sockets = Array.from({ length: 40 }, (_, n) => {
      const socket = connect(Number(new URL(party.child.http).port), "127.0.0.1");
      socket.on("error", () => {});
      socket.write(whole.slice(0, Math.floor((whole.length * n) / 41)));
      return socket;
    });
    await party.areUnharmed();
    for (const socket of sockets) socket.destroy();
    await party.areUnharmed();
    await party.areAlone();
  });

  test("[L1] that come a few bytes at a time", async () => {
    const socket = connect(Number(new URL(party.child.http).port), "127.0.0.1");
    const answer = new Promise<string>((resolve) => socket.once("data", (chunk) => resolve(chunk.toString())));
    for (const piece of handshake("/", newAddress()).match(/[\s\S]{1,7}/g) ?? []) {
      await new Promise<void>((written) => socket.write(piece, () => written()));
    }
    expect(await answer).toStartWith("HTTP/1.1 101");
    socket.destroy();
    await party.areUnharmed();
    await party.areAlone();
  });

  test("[L1] with a first frame in the same packet", async () => {
    const socket = connect(Number(new URL(party.child.http).port), "127.0.0.1");
    const answer = new Promise<string>((resolve) => {
      let text = "";
      socket.on("data", (chunk) => {
        text += chunk.toString("latin1");
        if (text.includes('"pong"')) resolve(text);
      });
    });
    socket.write(Buffer.concat([Buffer.from(handshake("/", newAddress())), frame('{"type":"ping"}')]));
    expect(await answer).toStartWith("HTTP/1.1 101");
    socket.destroy();
    await party.areUnharmed();
  });

  test("[H6] with a subprotocol are refused", async () => {
    const offered = { ...newAddress(), "Sec-WebSocket-Protocol": "partyline" };
    expect((await rawHttp(party.child.http, handshake("/", offered))).status).toBe(400);
    await party.areUnharmed();
  });
});

describe("HTTP", () => {
  const REQUESTS: Readonly<Record<string, string>> = {
    garbage: "GARBAGE\r\n\r\n",
    "a TLS hello": "\u0016\u0003\u0001\u0000\u00a5\u0001\u0000\r\n\r\n",
    "no Host": "GET / HTTP/1.1\r\n\r\n",
    "a Host that is none": "GET / HTTP/1.1\r\nHost: [[[\r\n\r\n",
    "another version": "GET / HTTP/9.9\r\nHost: x\r\n\r\n",
    "no path": "GET  HTTP/1.1\r\nHost: x\r\n\r\n",
    "a path of 16 KB": `GET /${"a".repeat(16_384)} HTTP/1.1\r\nHost: x\r\n\r\n`,
    "a code of 4 KB": `GET /room/${"%41".repeat(1_300)} HTTP/1.1\r\nHost: x\r\n\r\n`,
    "a broken escape": "GET /room/%zz HTTP/1.1\r\nHost: x\r\n\r\n",
    "an escape that is no UTF-8": "GET /room/%c0%af HTTP/1.1\r\nHost: x\r\n\r\n",
    "two slashes": "GET // HTTP/1.1\r\nHost: x\r\n\r\n",
    "only dots": "GET /../../../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
    "escaped dots": "GET /room/..%2f..%2fserver.ts HTTP/1.1\r\nHost: x\r\n\r\n",
    "another absolute form": "GET http://user:pw@evil.example:99999/ HTTP/1.1\r\nHost: x\r\n\r\n",
    "a header of 64 KB": `GET / HTTP/1.1\r\nHost: x\r\nX-A: ${"a".repeat(65_536)}\r\n\r\n`,
    "a thousand headers": `GET / HTTP/1.1\r\nHost: x\r\n${"A: b\r\n".repeat(1_000)}\r\n`,
    "a forged address": "GET /room/ZZZZ HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: ::%%,[[,999.9.9.9\r\n\r\n",
    "a body that is not needed": "POST /health HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
    "a body that is too large": "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999\r\n\r\nhello",
    "two lengths": "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 5\r\n\r\nhello",
    "a length and chunks":
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks of nonsense": "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
  };
  test.each(Object.entries(REQUESTS))("[H7] %s", async (_, request) => {
    const { status, text } = await rawHttp(party.child.http, request);
    expect(status === 0 || status === 200 || (status >= 400 && status < 500) || status === 505).toBe(true);
    expectNoSecrets(text);
    await party.areUnharmed();
  });

  test("[H7] every method on every path is answered below 500, with no word about the machine", async () => {
    const methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PURGE"];
    const paths = [
      "/",
      "/health",
      "/ready",
      "/metrics",
      "/room/ZZZZ",
      "/room/",
      "/api/x",
      "/nowhere",
      "/%00",
      "/?a=%zz",
      "*",
    ];
    for (const path of paths) {
      const answers = await Promise.all(
        methods.map((method) => {
          const from = newAddress()["X-Forwarded-For"];
          const request = `${method} ${path} HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: ${from}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`;
          return rawHttp(party.child.http, request);
        }),
      );
      for (const { status, text } of answers) {
        expect(status).toBeLessThan(500);
        expectNoSecrets(text);
      }
    }
    await party.areUnharmed();
  });

  test("[H7] upgrades on every fixed path, by every method, open no line", async () => {
    for (const path of ["/health", "/ready", "/metrics", "/room/ZZZZ", "/api/x"]) {
      for (const method of ["GET", "POST", "OPTIONS"]) {
        const request = handshake(path, { ...newAddress(), "Content-Length": "0" }).replace("GET", method);
        const { status, text } = await rawHttp(party.child.http, request);
        expect([path, method, status]).not.toEqual([path, method, 101]);
        expectNoSecrets(text);
      }
    }
    await party.areUnharmed();
    await party.areAlone();
  });
});
