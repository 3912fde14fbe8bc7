// What a line shares with the others of its address, for tests that make lines without a door.
import { type Admission, Connections } from "../../src/limits/connections.ts";

/** Of an address that may do as it likes. */
export function sharedOf(address: string): Admission {
  const most = Number.POSITIVE_INFINITY;
  const limits = { linesMax: most, linesPerAddressMax: most, connectsPerSecond: most, addressMessagesPerSecond: most };
  const admission = new Connections(limits).admit(address, 0);
  if (typeof admission === "string") throw new Error(admission);
  return admission;
}
