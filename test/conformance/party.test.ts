// The party wire, shown on this server over real sockets.
import { afterAll, beforeAll, describe } from "bun:test";
import { startServer, type TestServer } from "../support/server.ts";
import { partyConformance } from "./party.ts";

describe("party, on /", () => {
  let server: TestServer;
  beforeAll(() => {
    server = startServer({ LIMITS: "off" });
  });
  afterAll(() => server.stop());
  partyConformance(() => server.url);
});
