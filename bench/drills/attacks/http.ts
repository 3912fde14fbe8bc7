// Attacks by plain HTTP: many requests on a connection, connections that are held, bodies, and the addresses of many networks.

import { codeOf } from "./attack.ts";
import type { Kind } from "./kind.ts";

const PATHS = ["/metrics", "/api/sessions", "/api/sessions/active", "/"];
const PIPELINED = 300;
const LIMITED = ['partyline_limited_total{bucket="http"}'];
const bytesOf = (text: string) => Buffer.from(text, "latin1");

/** Of one IPv6 /48: 65,536 /64s. */
const ofOneNetwork = (n: number) => `2001:db8:1:${(n & 0xffff).toString(16)}::1`;
const ofManyNetworks = (n: number) => `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`;
/** What a client wrote itself, left of what the proxy did: as long as headers may be. */
const OWN_CLAIM = "1.2.3.4, ".repeat(1_300);
/** Connections of the "proxy" come from so many addresses, or its side would run out of ports. */
const PROXY_ADDRESSES = 200;

/** Probes of rooms from that address; every fourth with a long claim before it. @param perBeat requests, each on a connection of its own */
function probes(name: string, about: string, addressOf: (n: number) => string, perBeat: number, signs: string[]): Kind {
  return {
    ...{ name, about, signs, codes: [], env: { TRUSTED_PROXIES: "1" } },
    begin(attack) {
      let asked = 0;
      const greet = (wire: { write(bytes: Uint8Array): void }) => {
        asked++;
        const claim = asked % 4 === 0 ? OWN_CLAIM : "";
        const head = `GET /room/${codeOf(asked)} HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: ${claim}`;
        wire.write(bytesOf(`${head}${addressOf(asked)}\r\n\r\n`));
      };
      const network = attack.from.slice(0, attack.from.lastIndexOf(".") + 1);
      const wires = attack.wires(2 * perBeat, greet, () => network + (1 + (asked % PROXY_ADDRESSES)));
      return () => wires.fill(perBeat);
    },
  };
}

/** An IPv6 /48 that types one code from each of its addresses after the other. */
export const NETWORK_GUESSES = probes("network", "probes of an IPv6 /48, each from another /64", ofOneNetwork, 50, [
  'partyline_limited_total{bucket="guesses_network"}',
]);

export const HTTP: readonly Kind[] = [
  {
    name: "pipeline",
    about: `20 connections, each with ${PIPELINED} requests in one write, and again when it is ended`,
    ...{ codes: [], signs: LIMITED },
    begin(attack) {
      let written = 0;
      const wires = attack.wires(20, (wire) => {
        const path = PATHS[written++ % PATHS.length];
        wire.write(bytesOf(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(PIPELINED)));
      });
      return () => wires.fill(20);
    },
  },
  {
    name: "held",
    about: "300 connections that ask for /health every four seconds and would stay",
    ...{ codes: [], signs: [] },
    begin(attack) {
      const ask = bytesOf("GET /health HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n");
      const wires = attack.wires(300, (wire) => wire.write(ask));
      return (n) => {
        wires.fill(20);
        if (n % 40 === 39) wires.write(ask);
      };
    },
  },
  {
    name: "slow-loris",
    about: "300 connections that never end their request, a character every beat on one in ten",
    ...{ codes: [], signs: [] },
    begin(attack) {
      const begun = bytesOf("GET /health HTTP/1.1\r\nHost: x\r\nX-Drip: ");
      const wires = attack.wires(300, (wire) => wire.write(begun));
      return (n) => {
        wires.fill(20);
        for (const [at, wire] of [...wires.here].entries()) if ((n + at) % 10 === 0) wire.write(bytesOf("a"));
      };
    },
  },
  {
    name: "bodies",
    about:
      "20 connections that post 64 KiB, and again when they are ended, to who wants a token and to who wants a key",
    ...{ codes: [], signs: [...LIMITED, 'partyline_limited_total{bucket="http_login"}'] },
    begin(attack) {
      const body = `{"key":"${"k".repeat(65_000)}"}`;
      let posted = 0;
      const wires = attack.wires(20, (wire) => {
        const path = posted++ % 2 === 0 ? "/api/sessions" : "/api/auth/login";
        wire.write(bytesOf(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`));
      });
      return () => wires.fill(20);
    },
  },
  probes("networks", "1,000 probes a second, each from another IPv4 address (X-Forwarded-For)", ofManyNetworks, 100, [
    'partyline_limited_total{bucket="guesses_server"}',
  ]),
  NETWORK_GUESSES,
];
