// The sessionserver suite against this server: on its path of the common port, and on a port of its own.
import { afterAll, beforeAll, describe } from "bun:test";
import { freePort, startServer, type TestServer } from "../support/server.ts";
import { sessionserverConformance } from "./sessionserver.ts";

describe("sessionserver", () => {
  let server: TestServer;
  beforeAll(() => {
    server = startServer({ LIMITS: "off" });
  });
  afterAll(() => server.stop());

  sessionserverConformance(() => `${server.url}/sessionserver`);
});

describe("sessionserver, on a port of its own", () => {
  let server: TestServer;
  let port = 0;
  beforeAll(async () => {
    port = await freePort();
    server = startServer({ LIMITS: "off", SESSIONSERVER_PORT: String(port) });
  });
  afterAll(() => server.stop());

  sessionserverConformance(() => `ws://127.0.0.1:${port}`);
});
