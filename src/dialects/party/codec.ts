// The party dialect: the wire of Party-Sockets 1.x, grown. Games speak it over a raw WebSocket.
import type { Dialect } from "../dialect.ts";
import { decode } from "./decode.ts";
import { encode } from "./encode.ts";

export const party: Dialect = { name: "party", decode, encode };
