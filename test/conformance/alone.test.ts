// The wires whose rooms and sessions stay on one node, on a server that has others: codes are claimed, and the lines are parked meanwhile [N4].
import { afterAll, beforeAll, describe } from "bun:test";
import { LIVE_PATH } from "../../src/dialects/index.ts";
import { openCluster, type TestCluster, type TestNode } from "../support/nodes.ts";
import { ADMIN_KEY } from "../support/server.ts";
import { liveConformance } from "./live.ts";
import { sessionserverConformance } from "./sessionserver.ts";

describe("[N4] on one of two nodes", () => {
  let cluster: TestCluster;
  let node: TestNode;
  beforeAll(() => {
    cluster = openCluster();
    node = cluster.start("a", { LIMITS: "off" });
    cluster.start("b", { LIMITS: "off" });
  });
  afterAll(() => cluster.stop());
  describe("sessionserver", () => sessionserverConformance(() => `${node.url}/sessionserver`));
  describe("live", () => liveConformance(() => ({ url: node.url + LIVE_PATH, http: node.http, adminKey: ADMIN_KEY })));
});
