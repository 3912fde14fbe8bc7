// A port before several: each new connection goes to the one with the fewest of those that answer, as a proxy in front of nodes does it.
// Knows bytes, and nothing of what they say.
import { connect, createServer, type Socket } from "node:net";

const LOOPBACK = "127.0.0.1";

export interface Balancer {
  readonly port: number;
  /** Ends all that it leads, and leads no more. */
  stop(): void;
}

/** @param ports of this machine; @throws where its own port is taken */
export async function balance(port: number, ports: readonly number[]): Promise<Balancer> {
  const open = new Map(ports.map((place) => [place, 0]));
  const near = new Set<Socket>();
  const count = (place: number, by: number) => open.set(place, (open.get(place) ?? 0) + by);

  function lead(client: Socket, places: readonly number[]): void {
    const [place, ...others] = places;
    if (place === undefined) {
      client.destroy();
      return;
    }
    count(place, 1);
    const node = connect(place, LOOPBACK);
    let isThrough = false;
    node.once("connect", () => {
      isThrough = true;
      client.pipe(node).pipe(client);
    });
    // Its error comes before: one that never listened is no end for the client.
    node.once("close", () => {
      count(place, -1);
      if (isThrough) client.destroy();
      else lead(client, others);
    });
    node.on("error", () => {});
    client.once("close", () => node.destroy());
  }

  const server = createServer((client) => {
    near.add(client);
    client.once("close", () => near.delete(client));
    client.on("error", () => {});
    lead(
      client,
      [...open].sort(([, a], [, b]) => a - b).map(([place]) => place),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, LOOPBACK, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === "object" ? (address?.port ?? port) : port,
    stop() {
      server.close();
      for (const client of [...near]) client.destroy();
    },
  };
}
