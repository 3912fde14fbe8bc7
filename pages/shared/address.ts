// Which address leads a phone to this server: never one that leads it to itself. Asks the server, which knows what the page cannot, and looks
// at the page's own address, which has at least led here.
import { isLoopback } from "./origins.ts";

export interface Way {
  /** Origins that phones can reach, the likeliest first; none: no phone can. */
  readonly origins: readonly string[];
  /** What to do where there is none. */
  readonly trouble: string;
  /** What stands before a code at our own page for phones. */
  readonly path: string;
}

/** What `GET /api/here` answers [H24]. */
interface Here {
  readonly urls?: readonly string[];
  readonly bound?: "everywhere" | "address" | "loopback";
  readonly contained?: boolean;
  readonly phonePath?: string;
}

/** The ways that lead a phone here. */
export async function findWay(): Promise<Way> {
  const { urls = [], bound, contained, phonePath: path = "/" } = await ask();
  // Whoever runs the server has said by which address it is found.
  if (!isLoopback(location.origin)) return { origins: [urls[0] ?? location.origin], trouble: "", path };
  if (urls.length > 0) return { origins: urls, trouble: "", path };
  // A server that listens to nobody else is found by no address, in a container or not.
  const trouble =
    bound === "loopback"
      ? "Only this machine can reach the server; start it without HOST."
      : contained
        ? "The server runs in a container. Set PUBLIC_URL to the address that phones reach it by."
        : "This machine is in no network. Join a Wi-Fi, then reload this page.";
  return { origins: [], trouble, path };
}

async function ask(): Promise<Here> {
  try {
    const answer = await fetch("/api/here");
    return answer.ok ? ((await answer.json()) as Here) : {};
  } catch {
    return {};
  }
}
