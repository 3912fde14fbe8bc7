// A proxy as careless operators set one up: a pipe in front of the server that changes the heads of requests, and can be cut.
import { connect, createServer, type Socket } from "node:net";

export interface Proxy {
  readonly port: number;
  /** Ends every connection that stands, as a timeout does. */
  cut(): void;
  stop(): Promise<void>;
}

/** What is done to the head of each request: the lines without their ends. */
export type Edit = (lines: string[]) => string[];

/** Takes the upgrade out, as a proxy does that nobody told of it. */
export const dropsUpgrade: Edit = (lines) =>
  lines.filter((line) => !/^upgrade:/i.test(line)).map((line) => line.replace(/^(connection): .*$/i, "$1: close"));
/** Says for whom it asks, as all do. */
export const forwards: Edit = ([first = "", ...others]) => [first, "X-Forwarded-For: 203.0.113.7", ...others];
/** Asks by the name that it has for the server itself. */
export const asksByItsOwnName: Edit = (lines) =>
  lines.map((line) => line.replace(/^host: .*$/i, "Host: 127.0.0.1:3000"));

/** Every connection has one request: the server closes those of strangers [H12]. */
export function startProxy(to: number, edit: Edit): Promise<Proxy> {
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(to, "127.0.0.1");
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        open.delete(one);
        other.destroy();
      });
    }
    let head = Buffer.alloc(0);
    client.on("data", function more(bytes: Buffer) {
      head = Buffer.concat([head, bytes]);
      const end = head.indexOf("\r\n\r\n");
      if (end === -1) return;
      client.off("data", more);
      const lines = edit(head.subarray(0, end).toString("latin1").split("\r\n"));
      upstream.write(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
      upstream.write(head.subarray(end + 4));
      client.pipe(upstream);
    });
    upstream.pipe(client);
  });
  const cut = () => {
    for (const socket of [...open]) socket.destroy();
  };
  return new Promise((started) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      const stop = () => {
        cut();
        return new Promise<void>((stopped) => server.close(() => stopped()));
      };
      started({ port, cut, stop });
    });
  });
}
