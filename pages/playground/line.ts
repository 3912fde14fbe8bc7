// A line in its Worker, as the page holds it. The page's policy forbids Workers but one, at one path (Trusted Types); where a browser knows no
// such thing, its script's path is what it is.

/** A frame as it went by: shortened where it is long, with its whole size. */
export interface Passed {
  readonly at: number;
  readonly direction: "in" | "out";
  readonly text: string;
  readonly bytes: number;
}

export interface Hears {
  opened(): void;
  passed(frames: readonly Passed[], untold: number): void;
  closed(code: number, reason: string): void;
  awake(): void;
}

export interface Line {
  say(text: string): void;
  /** Says goodbye to the server. */
  close(): void;
  /** Ends the Worker: the socket goes without a word. */
  kill(): void;
  sleep(ms: number): void;
  slow(on: boolean): void;
}

type Told =
  | { readonly is: "open" }
  | { readonly is: "awake" }
  | { readonly is: "frames"; readonly frames: [number, "in" | "out", string, number][]; readonly untold: number }
  | { readonly is: "closed"; readonly code: number; readonly reason: string };

interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL(path: string): string },
  ): { createScriptURL(path: string): string };
}

/** Where the Worker's script is: the page says it, as it was built. */
const PATH = document.documentElement.dataset.worker ?? "";
const policy = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes?.createPolicy("partyline", {
  createScriptURL(path) {
    if (path !== PATH) throw new TypeError("not this path");
    return path;
  },
});

/** The wire of rooms, whatever dialect has `/`. */
export const ADDRESS = `${location.origin.replace(/^http/, "ws")}/v1`;

export function openLine(hears: Hears): Line {
  const worker = new Worker(policy?.createScriptURL(PATH) ?? PATH);
  const tell = (order: object) => worker.postMessage(order);
  worker.onmessage = ({ data }: MessageEvent<Told>) => {
    if (data.is === "open") hears.opened();
    else if (data.is === "awake") hears.awake();
    else if (data.is === "frames")
      hears.passed(
        data.frames.map(([at, direction, text, bytes]) => ({ at, direction, text, bytes })),
        data.untold,
      );
    else {
      worker.terminate();
      hears.closed(data.code, data.reason);
    }
  };
  tell({ does: "open", url: ADDRESS });
  return {
    say: (text) => tell({ does: "say", text }),
    close: () => tell({ does: "close" }),
    kill() {
      worker.onmessage = null;
      worker.terminate();
    },
    sleep: (ms) => tell({ does: "sleep", ms }),
    slow: (on) => tell({ does: "slow", on }),
  };
}
