// The wires of rooms once more, with every second client on another node [N1][N3].
import { afterAll, beforeAll, describe } from "bun:test";
import { LIVE_PATH } from "../../src/dialects/index.ts";
import { openCluster, type TestCluster, type TestNode } from "../support/nodes.ts";
import { ADMIN_KEY } from "../support/server.ts";
import { liveConformance } from "./live.ts";
import { partyConformance } from "./party.ts";
import { party2Conformance } from "./party2.ts";
import { sessionserverConformance } from "./sessionserver.ts";

const WIRES = [
  ["party", "", partyConformance],
  ["party2", "/v2", party2Conformance],
] as const;
/** Which node the first client is on: the one that opens the room, in most of the suite. */
const FIRST = [0, 1] as const;

for (const [wire, path, suite] of WIRES) {
  describe.each(FIRST)(`[N1][N3] ${wire}, every second client on another node, from %d`, (first) => {
    let cluster: TestCluster;
    const urls: string[] = [];
    let clients: number = first;
    beforeAll(() => {
      cluster = openCluster();
      // One name for both, since a client cannot tell where it is.
      for (const name of ["a", "b"]) urls.push(cluster.start(name, { LIMITS: "off" }).url + path);
    });
    afterAll(() => cluster.stop());
    suite(() => urls[clients++ % urls.length] ?? "");
  });
}

// The wires of the sessions, from a node that does not keep them [N11].
describe("[N11] live and sessionserver, on a node that keeps no sessions", () => {
  let cluster: TestCluster;
  let node: TestNode;
  beforeAll(() => {
    cluster = openCluster();
    cluster.start("a", { LIMITS: "off" });
    node = cluster.start("b", { LIMITS: "off" });
  });
  afterAll(() => cluster.stop());
  liveConformance(() => ({ url: node.url + LIVE_PATH, http: node.http, adminKey: ADMIN_KEY }));
  sessionserverConformance(() => `${node.url}/sessionserver`);
});
