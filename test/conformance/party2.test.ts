// The party2 wire, shown on this server over real sockets: beside party on /v2, and as the owner of every path.
import { afterAll, beforeAll, describe } from "bun:test";
import { startServer, type TestServer } from "../support/server.ts";
import { party2Conformance } from "./party2.ts";

const PLACES: readonly [path: string, env: Record<string, string>][] = [
  ["/v2", {}],
  ["/v2/GXHB?instance=other", {}],
  ["/", { RELAY_DIALECT: "party2", INSTANCE: "relay-1", REGION: "fra" }],
];

describe.each(PLACES)("party2, on %s", (path, env) => {
  let server: TestServer;
  beforeAll(() => {
    server = startServer({ LIMITS: "off", ...env });
  });
  afterAll(() => server.stop());
  party2Conformance(() => server.url + path);
});
