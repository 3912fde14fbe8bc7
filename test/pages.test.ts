// What is built for browsers and committed: how large it is, and what the check of it says.
import { expect, test } from "bun:test";
import { join } from "node:path";
import { assets, differencesOf } from "../scripts/pages.ts";

const BUILT = join(import.meta.dir, "../pages/built/assets.json");
const BYTES_MAX = 300_000;

test("all that is built for browsers stays small, since every clone and every image has it", () => {
  expect(Bun.file(BUILT).size).toBeLessThan(BYTES_MAX);
});

test("pages:check says which asset is not what the sources give, and what a merge has left", async () => {
  const made = await assets();
  const [path = "", asset = { type: "", hash: "", text: "" }] = Object.entries(made)[0] ?? [];
  const name = path.replace(`.${asset.hash}`, "");
  const { [path]: _, ...others } = made;
  const other = { ...asset, hash: "0123456789", text: "other" };
  const was = { [path.replace(asset.hash, other.hash)]: other };
  expect(differencesOf(JSON.stringify({ ...others, ...was }), made)).toEqual([
    `${name} was 5 characters and is ${asset.text.length} now`,
  ]);
  expect(differencesOf("{}", made)).toContain(`${name} is missing`);
  expect(differencesOf(JSON.stringify({ ...made, "/pages/old.js": other }), made)).toEqual([
    "/pages/old.js is built by nobody any more",
  ]);
  expect(differencesOf(JSON.stringify(made), made)).toEqual(["the same assets, written in another way"]);
  expect(differencesOf("<<<<<<< ours", made)).toEqual(["it is no JSON: a merge left its marks in it"]);
});
