// A server of paper: sockets whose other end is the test, which says what the server would and reads what the client said. Beside it a page
// that can be hidden and shown. With the runner's own clock, so that what takes minutes takes none.
import { jest } from "bun:test";
import {
  type CreateOptions,
  createRoom,
  type JoinOptions,
  joinRoom,
  type Room,
  type SocketLike,
} from "../../clients/js/src/index.ts";

type Hear = ((event: never) => void) | null;

export class PaperSocket implements SocketLike {
  bufferedAmount = 0;
  isClosed = false;
  readonly said: Record<string, unknown>[] = [];
  onopen: Hear = null;
  onmessage: Hear = null;
  onclose: Hear = null;
  onerror: Hear = null;

  send(text: string): void {
    this.said.push(JSON.parse(text));
  }

  close(): void {
    this.isClosed = true;
  }

  open(): void {
    this.onopen?.({} as never);
  }

  tell(frame: object): void {
    this.onmessage?.({ data: JSON.stringify(frame) } as never);
  }

  /** The other end closes it. */
  end(code = 1006, reason = ""): void {
    this.onclose?.({ code, reason } as never);
  }

  /** How often the client asked for this. */
  count(type: string): number {
    return this.said.filter((frame) => frame.type === type).length;
  }
}

export class Paper {
  readonly sockets: PaperSocket[] = [];
  readonly socket = (): PaperSocket => {
    const opened = new PaperSocket();
    this.sockets.push(opened);
    return opened;
  };

  get last(): PaperSocket {
    const socket = this.sockets.at(-1);
    if (socket === undefined) throw new Error("nobody has dialled");
    return socket;
  }

  /** Lets the client in that has dialled. */
  join(more: object = {}): PaperSocket {
    const { last } = this;
    last.open();
    const clientId = last.said.at(-1)?.clientId;
    const peers = [{ clientId: "tv" }, { clientId }];
    last.tell({
      type: "joined",
      id: "join",
      room: "GXHB",
      host: "tv",
      peers,
      locked: false,
      epoch: "e",
      seq: 0,
      ...more,
    });
    return last;
  }

  async room(options: Partial<JoinOptions> = {}): Promise<Room> {
    const opening = joinRoom({ url: "ws://paper", room: "GXHB", socket: this.socket, ...options });
    this.join();
    return opening;
  }

  /** Ends the room as a test may: the server answers at once. */
  async leave(room: Room): Promise<void> {
    const left = room.leave();
    this.last.tell({ type: "left" });
    jest.advanceTimersByTime(1);
    await left;
  }

  opening(options: Partial<CreateOptions> = {}): Promise<Room> {
    return createRoom({ url: "ws://paper", maxClients: 4, socket: this.socket, ...options });
  }
}

/** Makes this process a page; answers how to hide it and show it, and how to undo it all. */
export function page(): { set(visibilityState: "visible" | "hidden", event?: string): void; undo(): void } {
  const document = { visibilityState: "visible" };
  Object.assign(globalThis, { document });
  return {
    set(visibilityState, event = "visibilitychange") {
      document.visibilityState = visibilityState;
      (globalThis as unknown as EventTarget).dispatchEvent(new Event(event));
    },
    undo: () => void Reflect.deleteProperty(globalThis, "document"),
  };
}
