// The programs by which clients of other languages run, and what each needs of the machine.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { firstThatRuns, needs } from "../support/needs.ts";

const CSHARP = join(import.meta.dir, "../../clients/csharp/Partyline.cs");

/** Debian's own Python has `websockets` from a package; another one that comes first on the PATH may not. */
export const python = await needs("python3 with websockets (Debian: python3-websockets)", () =>
  firstThatRuns([
    ["python3", "-c", "import websockets"],
    ["/usr/bin/python3", "-c", "import websockets"],
  ]),
);
export const mono = await needs(
  "mono and mcs (Debian: mono-runtime, mono-mcs)",
  async () => (await firstThatRuns([["mcs", "--version"]])) && (await firstThatRuns([["mono", "--version"]])),
);

/** Compiles the client with one more source, as C# 7, with every warning an error; where the program is. */
export async function compiled(source: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "partyline-csharp-"));
  process.once("exit", () => rmSync(folder, { recursive: true }));
  const out = join(folder, "program.exe");
  const command = ["mcs", "-langversion:7", "-warnaserror", "-warn:4", `-out:${out}`, CSHARP, source];
  const child = Bun.spawn(command, { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const said = (await new Response(child.stdout).text()) + (await new Response(child.stderr).text());
  if ((await child.exited) !== 0) throw new Error(said);
  return out;
}

export const godot = await needs("godot3-server (Debian: godot3-server)", () => Bun.which("godot3-server"));

export type Program = Bun.Subprocess<"pipe", "pipe", "inherit">;

/** Starts one of them. */
export function start(command: readonly string[], env: Record<string, string> = {}): Program {
  // Python would write what it compiled beside the client.
  const own = { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", PYTHONDONTWRITEBYTECODE: "1", ...env };
  return Bun.spawn([...command], { env: own, stdin: "pipe", stdout: "pipe", stderr: "inherit" });
}
