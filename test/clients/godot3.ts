// The client for Godot 4 as Godot 3 can run it, since that is what Debian has: the same lines, with what the two call differently replaced.
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "../..");

/** What Godot 4 says, and how Godot 3 says it. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/^(\s*)(\w+\.)?(\w+)\.emit\((.+)\)$/gm, '$1$2emit_signal("$3", $4)'],
  [/^(\s*)(\w+)\.emit\(\)$/gm, '$1emit_signal("$2")'],
  [/\bRefCounted\b/g, "Reference"],
  [/\bJSON\.stringify\(/g, "to_json("],
  [/\bJSON\.parse_string\(/g, "parse_json("],
  [/\bTime\.get_ticks_msec\b/g, "OS.get_ticks_msec"],
  [/\bprocess_mode = Node\.PROCESS_MODE_ALWAYS\b/g, "pause_mode = Node.PAUSE_MODE_PROCESS"],
  [/\bWebSocketPeer\.new\(\)/g, 'load("res://peer.gd").new()'],
  [/\bWebSocketPeer\.STATE_OPEN\b/g, "1"],
  [/\bWebSocketPeer\.STATE_CLOSED\b/g, "3"],
];

export function forGodot3(source: string): string {
  return WORDS.reduce((text, [word, other]) => text.replaceAll(word, other), source);
}

/** A folder with a project of Godot 3 whose only node has the script `main`; it is gone when the tests are over. */
export async function project(main: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "partyline-godot-"));
  process.once("exit", () => rmSync(folder, { recursive: true }));
  cpSync(join(import.meta.dir, "godot3"), folder, { recursive: true });
  await Bun.write(join(folder, "project.godot"), 'config_version=4\n[application]\nrun/main_scene="res://main.tscn"\n');
  const script = `[ext_resource path="res://${main}" type="Script" id=1]`;
  const node = '[node name="Main" type="Node"]\nscript = ExtResource( 1 )';
  await Bun.write(join(folder, "main.tscn"), `[gd_scene load_steps=2 format=2]\n${script}\n${node}\n`);
  const client = await Bun.file(join(ROOT, "clients/godot/partyline.gd")).text();
  await Bun.write(join(folder, "partyline.gd"), forGodot3(client));
  await Bun.write(join(folder, "sample.gd"), await Bun.file(join(ROOT, "clients/godot/godot3_sample.gd")).text());
  return folder;
}
