// The clients of other languages, as players that a test tells what to do, and the buzzer quizzes written with them.
import { join } from "node:path";
import { project } from "./godot3.ts";
import { Player } from "./player.ts";
import { compiled, godot, mono, python } from "./programs.ts";

const HERE = import.meta.dir;
const ROOT = join(HERE, "../..");

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
    command: async () => [mono.get(), await compiled(join(ROOT, "examples/csharp/Buzzer.cs"))],
  },
] as const;
