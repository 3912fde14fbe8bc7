// The clients of other languages, as programs that a test can run, and what each needs of the machine.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { firstThatRuns, needs } from "../support/needs.ts";
import { project } from "./godot3.ts";
import { Player } from "./player.ts";

const HERE = import.meta.dir;
const ROOT = join(HERE, "../..");
const CSHARP = join(ROOT, "clients/csharp/Partyline.cs");

/** Debian's own Python has `websockets` from a package; another one that comes first on the PATH may not. */
const python = await needs("python3 with websockets (Debian: python3-websockets)", () =>
  firstThatRuns([
    ["python3", "-c", "import websockets"],
    ["/usr/bin/python3", "-c", "import websockets"],
  ]),
);
const mono = await needs(
  "mono and mcs (Debian: mono-runtime, mono-mcs)",
  async () => (await firstThatRuns([["mcs", "--version"]])) && (await firstThatRuns([["mono", "--version"]])),
);

/** Compiles the client with one more source, as C# 7, with every warning an error; where the program is. */
export async function compiled(source: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "partyline-csharp-"));
  process.once("exit", () => rmSync(folder, { recursive: true }));
  const out = join(folder, "program.exe");
  const command = ["mcs", "-langversion:7", "-warnaserror", "-warn:4", `-out:${out}`, CSHARP, source];
  const child = Bun.spawn(command, { stdout: "pipe", stderr: "pipe" });
  const said = (await new Response(child.stdout).text()) + (await new Response(child.stderr).text());
  if ((await child.exited) !== 0) throw new Error(said);
  return out;
}

export const godot = await needs("godot3-server (Debian: godot3-server)", () => Bun.which("godot3-server"));

let gdscript: Promise<string> | null = null;
let program: Promise<string> | null = null;

export const PLAYERS = [
  { name: "python", need: python, start: async () => new Player([python.get(), join(HERE, "player.py")]) },
  {
    name: "csharp",
    need: mono,
    start: async () => {
      program ??= compiled(join(HERE, "Player.cs"));
      return new Player([mono.get(), await program]);
    },
  },
  {
    name: "godot",
    need: godot,
    start: async () => {
      gdscript ??= project("player.gd");
      return new Player([godot.get(), "--path", await gdscript], true);
    },
  },
] as const;

/** The buzzer quizzes, and how to run each. */
export const BUZZERS = [
  { name: "python", need: python, command: async () => [python.get(), join(ROOT, "examples/python-buzzer.py")] },
  {
    name: "csharp",
    need: mono,
    command: async () => ["mono", await compiled(join(ROOT, "examples/csharp/Buzzer.cs"))],
  },
] as const;
