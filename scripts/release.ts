// Makes a release: `bun run release X.Y.Z`. Everything that can be done here is done here, and the last thing is the tag; what goes to others
// (a push, a registry) is said, and done by whoever runs this. `--dry-run` does all of it in a clone that is thrown away.
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const VERSION = /^(\d{1,4})\.(\d{1,4})\.(\d{1,4})$/;
const UNRELEASED = /^## Unreleased\n+(?=\S)(?!## )/m;
const HEADING = /^## Unreleased$/m;
const COMPOSE = ["compose.yaml", "compose.proxy.yaml", "compose.cluster.yaml"];
/** What the image is built of, as .dockerignore lets it through. */
const CONTEXT = ["Dockerfile", ".dockerignore", "package.json", "bun.lock", "server.ts", "src", "pages/built"];
const DOCUMENTS = "docs/*.json";
const CLIENT = "clients/js";

/** What stands in the way of a release, all of it at once; none: it may be made. */
export interface Standing {
  readonly version: string;
  /** That of package.json. */
  readonly current: string;
  readonly changelog: string;
  readonly upgrading: string;
  /** What `git status --porcelain` says. */
  readonly status: string;
  readonly tags: readonly string[];
}

export function whyNot({ version, current, changelog, upgrading, status, tags }: Standing): string[] {
  const problems: string[] = [];
  if (!VERSION.test(version)) problems.push(`${JSON.stringify(version)} is no version: X.Y.Z`);
  else if (!isNewer(version, current)) problems.push(`${version} is not newer than ${current}`);
  if (tags.includes(`v${version}`)) problems.push(`there is a tag v${version} already`);
  if (status.trim() !== "") problems.push("the tree is not clean: commit what belongs to it first");
  if (!UNRELEASED.test(changelog)) problems.push("CHANGELOG.md says nothing under `## Unreleased`");
  if (!UNRELEASED.test(upgrading))
    problems.push("docs/upgrading.md says nothing under `## Unreleased`: what must an operator do?");
  return problems;
}

export function isNewer(version: string, than: string): boolean {
  const [a, b] = [version, than].map((text) => (VERSION.exec(text) ?? []).slice(1).map(Number));
  for (const at of [0, 1, 2]) if (a?.[at] !== b?.[at]) return (a?.[at] ?? 0) > (b?.[at] ?? 0);
  return false;
}

/** The files that carry the version, as they become; by path from the root. @param date YYYY-MM-DD */
export function rewritten(path: string, text: string, version: string, date: string): string {
  if (path.endsWith("package.json")) return text.replace(/^( {2}"version": )"[^"]+"/m, `$1"${version}"`);
  if (COMPOSE.includes(path)) return text.replaceAll(/\$\{TAG:-[\d.]+\}/g, `\${TAG:-${version}}`);
  const dated = path === "CHANGELOG.md" ? `## ${version} (${date})` : `## ${version}`;
  return text.replace(HEADING, dated);
}

/** Runs to its end. @throws {Stop} with what it said when it does not end well */
async function run(root: string, command: readonly string[]): Promise<string> {
  const child = Bun.spawn([...command], { cwd: root, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [out, problem] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  if ((await child.exited) !== 0) throw new Stop(`\`${command.join(" ")}\` ended badly:\n${out}${problem}`.trim());
  return out;
}

/** Why a release is not made. */
class Stop extends Error {}

const bun = (...words: string[]) => [process.execPath, "run", ...words];

async function release(root: string, version: string, say: (line: string) => void): Promise<void> {
  const read = (path: string) => Bun.file(join(root, path)).text();
  const git = (...words: string[]) => run(root, ["git", ...words]);
  const { version: current } = await Bun.file(join(root, "package.json")).json();
  const standing = {
    ...{ version, current, changelog: await read("CHANGELOG.md"), upgrading: await read("docs/upgrading.md") },
    ...{ status: await git("status", "--porcelain"), tags: (await git("tag", "--list")).split("\n") },
  };
  const problems = whyNot(standing);
  if (problems.length > 0) throw new Stop(problems.join("\n"));
  say("bun run check");
  await run(root, bun("check"));

  const changed = ["package.json", "CHANGELOG.md", "docs/upgrading.md", ...COMPOSE];
  const date = new Date().toISOString().slice(0, 10);
  for (const path of changed) await Bun.write(join(root, path), rewritten(path, await read(path), version, date));
  await run(root, bun("docs"));
  await run(root, bun("pages"));
  await git("add", "--all");
  say(`version ${version} stands in ${changed.join(", ")} and docs/*.json`);

  const out = join(root, "dist", `release-${version}`);
  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  const image = await packImage(root, out, version);
  say(`${image} builds`);
  const packed = await run(join(root, CLIENT), ["npm", "pack", "--silent", "--pack-destination", out]);
  const client = join(out, packed.trim().split("\n").at(-1) ?? "");
  if (!existsSync(client)) throw new Stop("npm pack left no package");
  const isClientNew = await isNewSince(root, `v${current}`);

  await git("commit", "--quiet", "--message", `Version ${version}`);
  await git("tag", "--annotate", `v${version}`, "--message", `Partyline ${version}`);
  say(`committed, and tagged v${version}`);
  say(byHand({ version, image, client: isClientNew ? client : null, out }).join("\n"));
}

/** Whether the client has another version than at that tag: it has one of its own, which goes up with what is changed in it. */
async function isNewSince(root: string, tag: string): Promise<boolean> {
  const path = `${CLIENT}/package.json`;
  const { version } = await Bun.file(join(root, path)).json();
  try {
    return JSON.parse(await run(root, ["git", "show", `${tag}:${path}`])).version !== version;
  } catch {
    // No such tag: nothing was published.
    return true;
  }
}

/** What the image is built of in one file, beside the server as one file; both were tried. */
async function packImage(root: string, out: string, version: string): Promise<string> {
  const tree = (await run(root, ["git", "write-tree"])).trim();
  const path = join(out, `partyline-${version}-image.tar.gz`);
  const documents = [...new Bun.Glob(DOCUMENTS).scanSync({ cwd: root })].sort();
  await run(root, ["git", "archive", "--format=tar.gz", `--output=${path}`, tree, "--", ...CONTEXT, ...documents]);
  const folder = await mkdtemp(join(tmpdir(), "partyline-release-"));
  try {
    await run(folder, ["tar", "-xzf", path]);
    for (const step of ["build:install", "build"]) await run(folder, bun(step));
    const server = join(folder, "dist/server.js");
    await run(folder, [process.execPath, server, "--help"]);
    await Bun.write(join(out, `partyline-${version}-server.js`), Bun.file(server));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return path;
}

interface Made {
  readonly version: string;
  readonly image: string;
  /** null: nothing of it has changed. */
  readonly client: string | null;
  readonly out: string;
}

/** What is left to do, by whoever may. */
function byHand({ version, image, client, out }: Made): string[] {
  return [
    "",
    "By hand, in this order:",
    "  bash .ci/run                                   once more, all of it",
    `  git push origin HEAD v${version}`,
    `  docker build -t partyline:${version} - < ${image}`,
    client === null ? "  (partyline-client is as it was: nothing to publish)" : `  npm publish ${client}`,
    `  and ${out}/partyline-${version}-server.js beside the release, for who runs it under systemd.`,
    `Until it is pushed, \`git tag -d v${version} && git reset --hard HEAD~1\` takes all of it back.`,
  ];
}

async function rehearse(root: string, version: string): Promise<void> {
  const status = await run(root, ["git", "status", "--porcelain"]);
  if (status.trim() !== "") throw new Stop("the tree is not clean: commit what belongs to it first");
  const folder = await mkdtemp(join(tmpdir(), "partyline-dry-"));
  try {
    await run(root, ["git", "clone", "--quiet", root, folder]);
    const [, name = "", email = ""] =
      /^(.*) <(.*)> /.exec(await run(root, ["git", "var", "GIT_COMMITTER_IDENT"])) ?? [];
    await run(folder, ["git", "config", "user.name", name]);
    await run(folder, ["git", "config", "user.email", email]);
    await release(folder, version, (line) => console.log(line.replaceAll(folder, root)));
    console.log("\nA dry run: all of it was done in a clone, and nothing is changed here.");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function main([version, ...more]: readonly string[]): Promise<number> {
  const isDry = more.includes("--dry-run");
  if (version === undefined || more.some((word) => word !== "--dry-run")) {
    console.error("usage: bun run release X.Y.Z [--dry-run]");
    return 2;
  }
  const root = join(import.meta.dir, "..");
  try {
    if (isDry) await rehearse(root, version);
    else await release(root, version, console.log);
    return 0;
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    console.error(error.message);
    console.error("No release was made. Where files were changed, `git restore --staged --worktree .` puts them back.");
    return 1;
  }
}

if (import.meta.main) process.exit(await main(Bun.argv.slice(2)));
