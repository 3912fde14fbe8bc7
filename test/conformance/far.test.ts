// The wires of rooms once more, with every second client on another node [N1][N3].
import { afterAll, beforeAll, describe } from "bun:test";
import { openCluster, type TestCluster } from "../support/nodes.ts";
import { partyConformance } from "./party.ts";
import { party2Conformance } from "./party2.ts";

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
