// The party wire, shown on the local server of the client's package: the same suite as over real sockets.
import { describe } from "bun:test";
import { localServer } from "../../clients/js/local.ts";
import { Client } from "../support/client.ts";
import { partyConformance } from "./party.ts";

describe("party, in memory", () => {
  const { url, socket } = localServer();
  partyConformance(
    () => url,
    (at) => Client.over(socket(at), at),
  );
});
