// Which address leads a phone to this server: never one that leads it to itself. Asks the server, which knows what the page cannot, and looks
// at the page's own address, which has at least led here.

export interface Way {
  /** Origins that phones can reach, the likeliest first; none: no phone can. */
  readonly origins: readonly string[];
  /** What to do where there is none. */
  readonly trouble: string;
}

/** What `GET /api/here` answers [H24]. */
interface Here {
  readonly urls?: readonly string[];
  readonly bound?: "everywhere" | "address" | "loopback";
  readonly contained?: boolean;
}

/** The ways that lead a phone here. */
export async function findWay(): Promise<Way> {
  const { urls = [], bound, contained } = await ask();
  // Whoever runs the server has said by which address it is found.
  if (!isLoopback(location.origin)) return { origins: [urls[0] ?? location.origin], trouble: "" };
  if (urls.length > 0) return { origins: urls, trouble: "" };
  if (contained === true)
    return {
      origins: [],
      trouble: "The server runs in a container. Set PUBLIC_URL to the address that phones reach it by.",
    };
  if (bound === "loopback")
    return { origins: [], trouble: "Only this machine can reach the server; start it without HOST." };
  return { origins: [], trouble: "This machine is in no network. Join a Wi-Fi, then reload this page." };
}

async function ask(): Promise<Here> {
  try {
    const answer = await fetch("/api/here");
    return answer.ok ? ((await answer.json()) as Here) : {};
  } catch {
    return {};
  }
}

/** Whether an origin leads to the very machine that follows it. */
export function isLoopback(origin: string): boolean {
  return /\/\/([^/]+\.)?(localhost|127(\.\d+){3}|\[::1\])(:|$)/.test(origin);
}

/** Whether only who is in the same network can reach it. */
export function isPrivate(origin: string): boolean {
  return /\/\/(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|\[f[cde]|[^.]+$|.+\.(local|lan|home|internal)(:|$))/.test(
    origin,
  );
}

/** An origin as people read and type it. */
export function spoken(origin: string): string {
  return origin.replace(/^http:\/\//, "");
}
