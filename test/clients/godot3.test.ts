// The sample for Godot 3, and the translation by which Godot 3 runs the client for Godot 4.
import { afterEach, expect, test } from "bun:test";
import { join } from "node:path";
import { Client, type Frame } from "../support/client.ts";
import { linesOf } from "../support/lines.ts";
import { startServer } from "../support/server.ts";
import { forGodot3, project } from "./godot3.ts";
import { pipeTo } from "./pipe.ts";
import { godot, start } from "./programs.ts";

const ROOT = join(import.meta.dir, "../..");
const ended: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

godot.test(
  "the sample for Godot 3 takes a seat, comes back when it is cut, hears what it missed, and ends when it is kicked",
  async () => {
    const server = startServer();
    const pipe = pipeTo(server.port);
    ended.push(server.stop, pipe.stop);
    const tv = await Client.connect(server.url);
    const { room } = await tv.ask({
      type: "create",
      clientId: "tv",
      secret: "s",
      maxClients: 4,
      away: 60,
      history: 64,
    });
    const folder = await project("sample.gd");
    const script = await Bun.file(join(folder, "sample.gd")).text();
    expect(script).toContain('"ws://localhost:3000/v1"');
    await Bun.write(
      join(folder, "sample.gd"),
      script.replace("ws://localhost:3000", pipe.url).replace('"GXHB"', JSON.stringify(room)),
    );
    const child = start([godot.get(), "--path", folder]);
    ended.push(async () => {
      child.kill("SIGKILL");
      await child.exited;
    });
    const lines = linesOf(child.stdout);
    const next = async (): Promise<Frame | string> => {
      for (;;) {
        const text = (await lines.next()).value ?? "(ended)";
        if (text.startsWith("{")) return JSON.parse(text) as Frame;
        if (/^over|^\(ended/.test(text)) return text;
      }
    };
    expect(await next()).toMatchObject({ type: "joined", room, host: "tv" });
    const { clientId, name } = await tv.next();
    expect(name).toBe("Ann");
    tv.send({ type: "send", data: 1 });
    expect(await next()).toMatchObject({ type: "message", data: 1 });
    pipe.refuse(true);
    expect(await tv.next()).toMatchObject({ type: "peer_away", clientId });
    tv.send({ type: "send", data: 2 });
    pipe.refuse(false);
    expect(await next()).toMatchObject({ type: "message", data: 2 });
    expect(await next()).toMatchObject({ type: "joined", resumed: true });
    expect(await tv.next()).toMatchObject({ type: "peer_back", clientId });
    tv.send({ type: "kick", clientId, reason: "too loud" });
    expect(await next()).toBe("over: kicked");
  },
);

test("the translation leaves no word of Godot 4", async () => {
  const source = await Bun.file(join(ROOT, "clients/godot/partyline.gd")).text();
  const code = forGodot3(source).replaceAll(/#.*$/gm, "");
  expect(code).not.toMatch(/\.emit\(|RefCounted|JSON\.|Time\.|WebSocketPeer|\bawait\b|\bfunc\(|@/);
  expect(forGodot3("\tone.settled.emit(one)\n\tfresh.emit()")).toBe(
    '\tone.emit_signal("settled", one)\n\temit_signal("fresh")',
  );
});
