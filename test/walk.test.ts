// How far a request walks through the house: the files it enters, counted as it runs (see scripts/walk.ts).
import { expect, test } from "bun:test";
import { join } from "node:path";
import { instrumented, WALKS_MAX, type Walk, type WalkName } from "../scripts/walk.ts";

const ROOT = join(import.meta.dir, "..");

test("a message, a join and a call cross no more files than is promised, and a message asks the sessions nothing", async () => {
  // A process of its own: it loads all of src/ with notes in it.
  const child = Bun.spawn([process.execPath, "scripts/walk.ts", "--json"], {
    cwd: ROOT,
    stdout: "pipe",
    stderr: "pipe",
  });
  const [text, errors] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  expect(errors).toBe("");
  const walks: Record<WalkName, Walk> = JSON.parse(text);
  for (const name of ["send", "join with resume", "add a game"] as const) {
    expect(`${name}: ${walks[name].files.length <= WALKS_MAX[name]}`).toBe(`${name}: true`);
    // It has followed something.
    expect(walks[name].files).toContain("src/rooms/delivery.ts");
  }
  expect(walks.send.files.filter((file) => file.startsWith("src/sessions/"))).toEqual([]);
  expect(walks["add a game"].files).toContain("src/sessions/eventLog.ts");
}, 60_000);

test("every function with a block is counted, and nothing else with a block is", () => {
  const code = ["class A {", "  method(x) {", "    if (x) {", "      for (const y of x) {", "    }", "  }", "  }"];
  const lines = instrumented([...code, "const f = (x) => {", "};", "switch (x) {", "}"].join("\n"), "src/a.ts").split(
    "\n",
  );
  const noted = lines.filter((line) => line.includes("noteCall"));
  expect(noted.map((line) => line.trim().split(" {")[0])).toEqual(["method(x)", "const f = (x) =>"]);
});
