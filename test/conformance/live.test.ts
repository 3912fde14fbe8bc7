// The live wire, shown on this server over real sockets.
import { afterAll, beforeAll, describe } from "bun:test";
import { LIVE_PATH } from "../../src/dialects/index.ts";
import { ADMIN_KEY, startServer, type TestServer } from "../support/server.ts";
import { liveConformance } from "./live.ts";

describe("live", () => {
  let server: TestServer;
  beforeAll(() => {
    server = startServer({ LIMITS: "off" });
  });
  afterAll(() => server.stop());
  liveConformance(() => ({ url: server.url + LIVE_PATH, http: server.http, adminKey: ADMIN_KEY }));
});
