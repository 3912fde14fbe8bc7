// The live dialect: what chat bots and stream overlays hear of sessions. They are written for it as it is, so answers and errors
// never change; whoever listens long has nothing to say but `ping`, and is expected to say it [T9].
import type { Dialect } from "../dialect.ts";
import type { Wire } from "../wire.ts";
import { decode } from "./decode.ts";
import { encode } from "./encode.ts";
import { REQUESTS } from "./schema.ts";

export const live: Dialect = { name: "live", decode, encode, onlySpeechCounts: true, isOfSessions: true };

const PATH = "/api/sessions/live";

export const liveWire: Wire = {
  name: live.name,
  address: PATH,
  description: "For bots and overlays.",
  owns: (path) => path === PATH,
  dialect: () => live,
  requests: REQUESTS,
  frames: () => import("./frames.ts"),
};
