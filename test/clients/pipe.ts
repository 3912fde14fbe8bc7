// A TCP pipe between a client and its server, which can be cut and held as a phone's network is.
import type { Socket } from "bun";

interface Side {
  other: Socket<Side> | null;
  /** What came before there was somebody to pass it on to, and what the other could not take yet. */
  waiting: Uint8Array[];
}

export interface Pipe {
  readonly url: string;
  /** How many connections came so far. */
  readonly dialled: () => number;
  /** Cuts all that go through. */
  cut(): void;
  /** Passes nothing on any more, either way, on those that go through now, and leaves them open: half-open links. */
  hold(): void;
  /** Cuts all, and lets nobody through until it is told that it may be again. */
  refuse(isRefused: boolean): void;
  stop(): void;
}

/** Listens on a free port of this machine and passes all on to `port`. */
export function pipeTo(port: number): Pipe {
  const open = new Set<Socket<Side>>();
  const held = new WeakSet<Socket<Side>>();
  let dialled = 0;
  let isClosed = false;
  const flush = (socket: Socket<Side>) => {
    for (let chunk = socket.data.waiting[0]; chunk !== undefined; chunk = socket.data.waiting[0]) {
      const written = socket.write(chunk);
      if (written < chunk.length) {
        socket.data.waiting[0] = chunk.subarray(Math.max(0, written));
        return;
      }
      socket.data.waiting.shift();
    }
  };
  const pass = (from: Socket<Side>, chunk: Uint8Array) => {
    if (held.has(from)) return;
    const { other, waiting } = from.data;
    // A chunk's memory is Bun's again when the handler ends.
    const copy = new Uint8Array(chunk);
    if (other === null) waiting.push(copy);
    else {
      other.data.waiting.push(copy);
      flush(other);
    }
  };
  const handlers = {
    data: pass,
    drain: flush,
    close(socket: Socket<Side>) {
      open.delete(socket);
      if (!held.has(socket)) socket.data.other?.end();
    },
    error() {},
  };
  const server = Bun.listen<Side>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      ...handlers,
      open(near) {
        dialled++;
        near.data = { other: null, waiting: [] };
        if (isClosed) {
          near.terminate();
          return;
        }
        open.add(near);
        void Bun.connect<Side>({
          hostname: "127.0.0.1",
          port,
          data: { other: near, waiting: [] },
          socket: {
            ...handlers,
            open(far) {
              open.add(far);
              far.data.waiting = near.data.waiting;
              near.data.waiting = [];
              near.data.other = far;
              flush(far);
            },
          },
        }).catch(() => near.end());
      },
    },
  });
  const cut = () => {
    for (const socket of [...open]) socket.terminate();
  };
  return {
    url: `ws://127.0.0.1:${server.port}`,
    dialled: () => dialled,
    cut,
    hold() {
      for (const socket of open) held.add(socket);
    },
    refuse(isRefused) {
      isClosed = isRefused;
      if (isRefused) cut();
    },
    stop() {
      cut();
      server.stop(true);
    },
  };
}
