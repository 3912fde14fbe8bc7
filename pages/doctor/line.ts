// One WebSocket, kept as it is: the client of games would open the next one when it is lost, and the doctor wants to see how it ends.
import type { Frame } from "../../clients/js/src/wire.ts";

export interface Line {
  /** Sends a request, and waits for the frame that answers it. Rejects with `Cut` where the line ends first, or nothing comes in time. */
  ask(request: object, isAnswer: (frame: Frame) => boolean, limitMs?: number): Promise<Frame>;
  /** Resolves when it ends, whoever ended it. */
  readonly cut: Promise<Cut>;
  close(): void;
}

/** How a line ended. */
export class Cut extends Error {
  constructor(
    /** The close code; 1006 where the network or a proxy cut it; 0: it is open, and no answer came in time. */
    readonly code: number,
    readonly reason = "",
  ) {
    super(`closed with ${code}`);
  }
}

const OPEN_MS = 6_000;
const ANSWER_MS = 8_000;

/** The wire of rooms, whatever dialect has `/`. */
function address(): string {
  return `${location.origin.replace(/^http/, "ws")}/v1`;
}

/** Opens a line. Rejects with `Cut` where none opens in time. */
export function openLine(): Promise<Line> {
  return new Promise((opened, failed) => {
    const socket = new WebSocket(address());
    const hears = new Set<(frame: Frame) => void>();
    let end = (_: Cut) => {};
    const cut = new Promise<Cut>((resolve) => {
      end = resolve;
    });
    const giveUp = setTimeout(() => {
      failed(new Cut(0));
      socket.close();
    }, OPEN_MS);
    socket.onmessage = ({ data }) => {
      const frame = parsed(`${data}`);
      if (frame !== null) for (const hear of [...hears]) hear(frame);
    };
    socket.onclose = ({ code, reason }) => {
      clearTimeout(giveUp);
      end(new Cut(code, reason));
      failed(new Cut(code, reason));
    };
    socket.onopen = () => {
      clearTimeout(giveUp);
      opened({ ask, cut, close: () => socket.close(1000) });
    };

    function ask(request: object, isAnswer: (frame: Frame) => boolean, limitMs = ANSWER_MS): Promise<Frame> {
      return new Promise((answered, unanswered) => {
        const timer = setTimeout(() => settle(() => unanswered(new Cut(0))), limitMs);
        const hear = (frame: Frame) => {
          if (isAnswer(frame)) settle(() => answered(frame));
        };
        const settle = (then: () => void) => {
          clearTimeout(timer);
          hears.delete(hear);
          then();
        };
        hears.add(hear);
        void cut.then((how) => settle(() => unanswered(how)));
        if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(request));
      });
    }
  });
}

function parsed(text: string): Frame | null {
  try {
    return JSON.parse(text);
  } catch {
    // Whatever else answers here speaks no wire of ours.
    return null;
  }
}
