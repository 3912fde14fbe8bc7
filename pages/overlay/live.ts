// The live socket says that something has happened, and the page reads what: whoever comes back after a lost line has nothing to catch up with.

interface Frame {
  readonly type: string;
  readonly data?: { readonly session?: { readonly id: number } };
}

const PING_MS = 25_000;
/** Nothing came for so long, the answers to pings neither. */
const DEAD_MS = 60_000;
const AGAIN_MS_MAX = 10_000;

export interface Live {
  /** The session that is shown from now on. */
  follow(session: number): void;
  /** Ends it; a hidden page listens to nothing. */
  stop(): void;
}

/**
 * Listens for as long as it is not stopped.
 * @param happened called with each event, and when the line stands again
 * @param refused called once where the token is not good, or any more: nothing comes after it
 */
export function listen(token: string, happened: () => void, refused: () => void): Live {
  const url = `${location.origin.replace(/^http/, "ws")}/api/sessions/live`;
  let socket: WebSocket | null = null;
  let followed = 0;
  let isAdmitted = false;
  let tries = 0;
  let heardAt = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const say = (frame: object) => {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
  };
  const subscribe = () => {
    if (isAdmitted && followed !== 0) say({ type: "subscribe", sessionId: followed });
  };
  const letGo = () => {
    clearTimeout(timer);
    const gone = socket;
    socket = null;
    isAdmitted = false;
    if (gone === null) return;
    gone.onopen = gone.onmessage = gone.onclose = null;
    gone.close();
  };
  const again = () => {
    letGo();
    const waitMs = Math.min(AGAIN_MS_MAX, 250 * 2 ** tries++) * (0.5 + Math.random() / 2);
    timer = setTimeout(dial, waitMs);
  };
  const beat = () => {
    if (performance.now() - heardAt > DEAD_MS) return again();
    say({ type: "ping" });
    timer = setTimeout(beat, PING_MS);
  };
  const hear = ({ type, data }: Frame) => {
    heardAt = performance.now();
    if (type === "auth_error") {
      letGo();
      refused();
      return;
    }
    if (type === "auth_success") {
      tries = 0;
      isAdmitted = true;
      subscribe();
      happened();
    } else if (data !== undefined) happened();
  };
  function dial(): void {
    letGo();
    heardAt = performance.now();
    socket = new WebSocket(url);
    socket.onopen = () => say({ type: "auth", token });
    socket.onmessage = ({ data }) => hear(JSON.parse(String(data)) as Frame);
    socket.onclose = again;
    timer = setTimeout(beat, PING_MS);
  }
  dial();
  return {
    follow(session) {
      if (session === followed) return;
      if (isAdmitted && followed !== 0) say({ type: "unsubscribe", sessionId: followed });
      followed = session;
      subscribe();
    },
    stop: letGo,
  };
}
