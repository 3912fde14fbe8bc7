// The one frame of this wire that is no JSON: a heartbeat as WebSocket libraries send it, and expect it back [P11].
import type { Asked } from "../../protocol/commands.ts";

export const PLAIN_PING = "ping";
export const PLAIN_PONG = "pong";

/** The request that was said so: known by being this very value, since a client may call the type of a request whatever it likes. */
export const PLAINLY: Asked = Object.freeze({ type: "ping", ref: undefined });
