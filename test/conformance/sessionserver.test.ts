// The sessionserver suite against this server: on its path of the common port, and on a port of its own.
import { afterAll, beforeAll, describe } from "bun:test";
import { startServer, type TestServer } from "../support/server.ts";
import { sessionserverConformance } from "./sessionserver.ts";

describe("sessionserver", () => {
  let server: TestServer;
  beforeAll(() => {
    server = startServer({ LIMITS: "off" });
  });
  afterAll(() => server.stop());

  sessionserverConformance(() => `${server.url}/sessionserver`);
});
