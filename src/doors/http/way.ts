// What pages ask about the way to this server: the addresses that phones reach it by, and what it sees of a request. Only pages of its
// own may read either; no answer holds anything of anybody but the one who asks.
import { networkInterfaces } from "node:os";
import { z } from "zod";
import type { Clock } from "../../clock.ts";
import type { Config } from "../../config.ts";
import { clientAddress, isTrustedProxy } from "../../limits/address.ts";
import { type Here, here, isLoopback } from "../here.ts";
import { json } from "./answer.ts";
import type { Files } from "./files.ts";
import { OWN_PHONES } from "./pages.ts";
import type { Caller } from "./rooms.ts";

export const HERE_PATH = "/api/here";
export const DOCTOR_PATH = "/api/doctor";

/** GET /api/here [H24]. */
export const HereView = z
  .strictObject({
    urls: z.array(z.string()).describe("Origins that phones can reach, the likeliest first."),
    bound: z.enum(["everywhere", "address", "loopback"]).optional().describe("What HOST lets in."),
    contained: z.boolean().optional().describe("Whether the server is in a container."),
    phonePath: z
      .string()
      .optional()
      .describe("What stands before a code at the server's own page for phones, where it is not `/`."),
  })
  .describe("Which addresses of this server phones can reach.");

const PROXY = z.enum(["none", "named", "unnamed"]);

/** GET /api/doctor [H25]. */
export const DoctorView = z
  .strictObject({
    at: z.int().describe("The server's clock, in ms since 1970."),
    address: z.string().describe("The address that this request counts for [L13]."),
    proxy: PROXY.describe(
      "Whether a proxy forwarded it: none, one that TRUSTED_PROXIES names, or one that it does not.",
    ),
    forwarded: z.array(z.string()).describe("Which headers of a proxy it came with."),
    host: z.string().describe("Its Host."),
    scheme: z.enum(["http", "https"]).describe("How it came to the outermost proxy, as that one says."),
    draining: z.boolean(),
    limits: z.enum(["on", "off"]),
  })
  .describe("What the server sees of the request that asks.");

export interface WayDeps {
  readonly place: Pick<Config, "host" | "publicUrl" | "trust" | "areLimitsOff"> & {
    /** The port that is listened on. */
    readonly port: () => number;
    readonly contained: boolean;
  };
  /** Files of the host's own game, which may have the codes [H22]; null: there are none. */
  readonly files: Pick<Files, "hasPhone"> | null;
  readonly arePagesOn: boolean;
  readonly clock: Clock;
  readonly isDraining: () => boolean;
}

/** What a proxy writes into a request that it passes on. */
const FORWARDED = [
  "forwarded",
  "via",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-port",
  "x-forwarded-proto",
].concat(["x-forwarded-server", "x-real-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip", "cdn-loop"]);
const HOST_CHARS_MAX = 300;

/** Which addresses phones can reach: PUBLIC_URL for everyone, the machine's own for whoever sits at it [H24]. */
export async function hereFor(request: Request, caller: Caller, deps: WayDeps): Promise<Response> {
  const { publicUrl, host, port, contained } = deps.place;
  const hasLongPath = deps.arePagesOn && (await deps.files?.hasPhone()) === true;
  const more = hasLongPath ? { phonePath: OWN_PHONES } : {};
  const urls = publicUrl === "" ? [] : [publicUrl];
  if (!isAtMachine(request, caller, contained)) return json({ urls, ...more });
  const found: Here = here({ interfaces: networkInterfaces(), host, port: port(), publicUrl, contained });
  return json({ ...found, ...more } satisfies z.infer<typeof HereView>);
}

/** What the server sees of this request [H25]. */
export function doctorFor({ headers }: Request, caller: Caller, { place, clock, isDraining }: WayDeps): Response {
  const { trust } = place;
  const peer = caller.peer();
  const forwarded = FORWARDED.filter((name) => headers.has(name));
  const proxy = forwarded.length === 0 ? "none" : isTrustedProxy(peer, trust) ? "named" : "unnamed";
  return json({
    at: Math.round(clock.wall()),
    // Not the caller's: what counts a page that does not belong here is no address.
    address: clientAddress(peer, headers.get("x-forwarded-for"), trust),
    proxy,
    forwarded,
    host: (headers.get("host") ?? "").slice(0, HOST_CHARS_MAX),
    scheme: /^https$/i.test(headers.get("x-forwarded-proto")?.split(",")[0]?.trim() ?? "") ? "https" : "http",
    draining: isDraining(),
    limits: place.areLimitsOff ? "off" : "on",
  } satisfies z.infer<typeof DoctorView>);
}

/**
 * Whether it comes from this very machine, by a name that only this machine has: a page elsewhere could be behind any other.
 * @param contained in a container the peer is a gateway, whoever asks: the name alone must do, and no address is told there
 */
function isAtMachine({ headers }: Request, caller: Caller, contained: boolean): boolean {
  if (FORWARDED.some((name) => headers.has(name))) return false;
  // nginx and the proxies of Node write `close` or `upgrade`, and by default nothing else that gives them away; browsers write `keep-alive`.
  if (!/^(keep-alive)?$/i.test(headers.get("connection") ?? "")) return false;
  const site = headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin" && site !== "none") return false;
  const name = (headers.get("host") ?? "").replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
  return isLoopback(name) && (contained || isLoopback(caller.peer()));
}
