// The port before a developer's nodes: who gets the next connection, and what becomes of those whose node has ended.
import { expect, test } from "bun:test";
import { createServer, type Server, Socket } from "node:net";
import { balance } from "../scripts/balancer.ts";
import { range } from "./support/stage.ts";

/** A node that greets with its name and says back what it hears. */
async function node(name: string) {
  const sockets: Socket[] = [];
  const server: Server = createServer((socket) => {
    sockets.push(socket);
    socket.write(`${name}\n`);
    socket.on("error", () => {});
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  const stop = () => {
    for (const socket of sockets) socket.destroy();
    return new Promise<void>((resolve) => void server.close(() => resolve()));
  };
  return { port, stop };
}

/** Connects, and waits for the name of its node. */
async function client(port: number) {
  const socket = new Socket();
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.on("error", () => {});
  let heard = "";
  let told = () => {};
  socket.on("data", (bytes) => {
    heard += bytes.toString("latin1");
    told();
  });
  /** All that was heard, once it has so many characters. */
  const hears = async (chars: number) => {
    while (heard.length < chars) await new Promise<void>((resolve) => (told = resolve));
    return heard;
  };
  socket.connect(port, "127.0.0.1");
  const name = await Promise.race([hears(2), closed.then(() => "none")]);
  return { name: name.trim(), hears, closed, say: (text: string) => socket.write(text), end: () => socket.destroy() };
}

test("the next connection goes to the node with the fewest, and what ended counts no more", async () => {
  const nodes = await Promise.all(["a", "b", "c"].map(node));
  const balancer = await balance(
    0,
    nodes.map(({ port }) => port),
  );
  const clients = [];
  for (const _ of range(0, 6)) clients.push(await client(balancer.port));
  expect(clients.map(({ name }) => name).sort()).toEqual(["a", "a", "b", "b", "c", "c"]);
  const ofB = clients.filter(({ name }) => name === "b");
  for (const one of ofB) {
    one.end();
    await one.closed;
  }
  // A new one goes to `b` once both ends of what closed have been seen here.
  let next = await client(balancer.port);
  while (next.name !== "b") {
    next.end();
    await next.closed;
    next = await client(balancer.port);
  }
  expect(next.name).toBe("b");
  balancer.stop();
  await Promise.all(nodes.map(({ stop }) => stop()));
});

test("a node that does not listen is passed over; where none does the client is closed", async () => {
  const [one, two] = await Promise.all([node("a"), node("b")]);
  const balancer = await balance(0, [one.port, two.port]);
  await one.stop();
  const names = [];
  for (const _ of range(0, 4)) names.push((await client(balancer.port)).name);
  expect(names).toEqual(["b", "b", "b", "b"]);
  await two.stop();
  expect((await client(balancer.port)).name).toBe("none");
  balancer.stop();
});

test("a node that ends takes its own clients with it, and megabytes go through whole", async () => {
  const [one, two] = await Promise.all([node("a"), node("b")]);
  const balancer = await balance(0, [one.port, two.port]);
  const clients = [await client(balancer.port), await client(balancer.port)];
  const ofA = clients.find(({ name }) => name === "a");
  const ofB = clients.find(({ name }) => name === "b");
  if (ofA === undefined || ofB === undefined) throw new Error("each node has one");
  await one.stop();
  await ofA.closed;
  const text = "x".repeat(4_000_000);
  ofB.say(text);
  expect((await ofB.hears(text.length + 2)).length).toBe(text.length + 2);
  balancer.stop();
  await ofB.closed;
  await two.stop();
});
