// What runs the server in containers and behind a proxy, as far as it can be seen without an engine: the files are held against rules, the image's own
// command runs as the image runs it, and the proxy's own text is run by Caddy in front of a server.
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { chmod, chown, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { version } from "../../package.json";
import { settingRows } from "../../src/config.ts";
import { startChild } from "../support/child.ts";
import { Client } from "../support/client.ts";
import { folderOf } from "../support/folder.ts";
import { linesOf } from "../support/lines.ts";
import { firstThatRuns, needs } from "../support/needs.ts";
import { freePort } from "../support/server.ts";

const ROOT = join(import.meta.dir, "../..");
const DOCKERFILE = await Bun.file(join(ROOT, "Dockerfile")).text();

interface Service {
  readonly image?: string;
  readonly ports?: readonly string[];
  readonly environment?: readonly string[] | Readonly<Record<string, string>>;
  readonly env_file?: readonly { readonly path: string; readonly required: boolean }[];
  readonly volumes?: readonly string[];
  readonly read_only?: boolean;
  readonly tmpfs?: readonly string[];
  readonly cap_drop?: readonly string[];
  readonly cap_add?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly stop_grace_period?: string;
  readonly ulimits?: { readonly nofile: number };
  readonly restart?: string;
  readonly init?: boolean;
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly configs?: { readonly caddyfile: { readonly content: string } };
  readonly volumes: Readonly<Record<string, unknown>>;
}

const readCompose = async (name: string) => Bun.YAML.parse(await Bun.file(join(ROOT, name)).text()) as Compose;
const FILES = {
  "compose.yaml": await readCompose("compose.yaml"),
  "compose.proxy.yaml": await readCompose("compose.proxy.yaml"),
  "compose.cluster.yaml": await readCompose("compose.cluster.yaml"),
};
const own = Object.entries(FILES).flatMap(([file, { services }]) =>
  Object.entries(services)
    .filter(([, { image = "" }]) => image.startsWith("partyline"))
    .map(([name, service]) => ({ where: `${file}: ${name}`, file, service })),
);

function namesOf({ environment = [] }: Service): string[] {
  if (!Array.isArray(environment)) return Object.keys(environment);
  return environment.map((row: string) => row.split("=")[0] ?? "");
}

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

describe("[O9] what compose is told", () => {
  test("of the server: it stops in its own time, comes back, keeps its data, and may do nothing else", () => {
    expect(own).toHaveLength(5);
    for (const { where, service } of own) {
      const {
        image,
        read_only,
        tmpfs,
        cap_drop,
        cap_add = [],
        security_opt,
        stop_grace_period,
        restart,
        init,
      } = service;
      expect([where, image]).toEqual([where, `partyline:\${TAG:-${version}}`]);
      expect([where, read_only, tmpfs, cap_drop, cap_add]).toEqual([where, true, ["/tmp"], ["ALL"], []]);
      expect([where, security_opt]).toEqual([where, ["no-new-privileges:true"]]);
      expect([where, stop_grace_period, restart, init]).toEqual([where, "35s", "unless-stopped", true]);
      expect([where, service.ulimits?.nofile]).toEqual([where, 65_536]);
      expect([where, service.volumes?.filter((volume) => volume.endsWith(":/data")).length]).toEqual([where, 1]);
    }
  });

  test("every volume that it names is there, and every variable is a setting", () => {
    const { settings, bounds } = settingRows();
    const known = new Set([...settings, ...bounds].map(({ name }) => name));
    for (const { where, file, service } of own) {
      const [volume = ""] = service.volumes?.[0]?.split(":") ?? [];
      expect([where, Object.keys(FILES[file as keyof typeof FILES].volumes)]).toEqual([
        where,
        expect.arrayContaining([volume]),
      ]);
      expect([where, namesOf(service).filter((name) => !known.has(name))]).toEqual([where, []]);
      expect([where, namesOf(service)]).toEqual([where, expect.arrayContaining(["PORT", "DATA_DIR"])]);
    }
  });

  test("a variable of compose.yaml that nobody set covers nothing that `.env` says", () => {
    const { environment, env_file } = FILES["compose.yaml"].services.partyline ?? {};
    expect(env_file).toEqual([{ path: ".env", required: false }]);
    expect(Array.isArray(environment)).toBe(true);
    const given = (environment as readonly string[]).filter((row) => row.includes("="));
    expect(given).toEqual(["PORT=3000", "DATA_DIR=/data"]);
  });

  test("behind the proxy nobody reaches the server but by it, and only it is believed", () => {
    const { partyline, proxy } = FILES["compose.proxy.yaml"].services;
    for (const port of partyline?.ports ?? []) expect(port).toStartWith("127.0.0.1:");
    const { environment = {} } = partyline ?? {};
    expect(environment).toMatchObject({ TRUSTED_PROXIES: "172.30.99.2/32", METRICS: "9464" });
    expect(JSON.stringify(proxy)).toContain('"ipv4_address":"172.30.99.2"');
    expect([proxy?.read_only, proxy?.cap_drop, proxy?.cap_add]).toEqual([true, ["ALL"], ["NET_BIND_SERVICE"]]);
  });
});

const caddy = await needs("caddy (Debian: caddy)", () => firstThatRuns([["caddy", "version"]]));

/** The text of a proxy, as compose hands it over. */
const caddyfile = (file: keyof typeof FILES, domain: string) =>
  (FILES[file].configs?.caddyfile.content ?? "").replaceAll(`\${DOMAIN}`, domain);

caddy.test("[O9] Caddy takes the text that each of both proxies is given", async () => {
  using folder = folderOf();
  for (const file of ["compose.proxy.yaml", "compose.cluster.yaml"] as const) {
    folder.write("Caddyfile", caddyfile(file, "party.example"));
    const args = ["validate", "--adapter", "caddyfile", "--config", join(folder.path, "Caddyfile")];
    const env = {
      PATH: process.env.PATH ?? "",
      HOME: folder.path,
      XDG_DATA_HOME: folder.path,
      XDG_CONFIG_HOME: folder.path,
    };
    const child = Bun.spawn([caddy.get(), ...args], { env, stdout: "ignore", stderr: "pipe" });
    const said = await new Response(child.stderr).text();
    expect([file, await child.exited, said]).toEqual([file, 0, said]);
  }
});

caddy.test("[O9] through TLS and that proxy a room is played, by the address that its player has", async () => {
  using folder = folderOf();
  const [port, figures] = [await freePort(), await freePort()];
  const server = await startChild({
    TRUSTED_PROXIES: "127.0.0.1/32",
    METRICS: String(figures),
  });
  ends.push(server.stop);
  const text = caddyfile("compose.proxy.yaml", `https://localhost:${port}`)
    .replace("partyline:3000", server.http.replace("http://", ""))
    // A certificate of its own making, since nobody else gives one for this name.
    .replace("{\n", "{\n  tls internal\n");
  folder.write("Caddyfile", `{\n  admin off\n  skip_install_trust\n  auto_https disable_redirects\n}\n${text}`);
  const proxy = Bun.spawn([caddy.get(), "run", "--adapter", "caddyfile", "--config", join(folder.path, "Caddyfile")], {
    env: { PATH: process.env.PATH ?? "", HOME: folder.path, XDG_DATA_HOME: folder.path, XDG_CONFIG_HOME: folder.path },
    stdout: "ignore",
    stderr: "pipe",
  });
  ends.push(async () => {
    proxy.kill("SIGKILL");
    await proxy.exited;
  });
  const ready = Promise.withResolvers<void>();
  // Read to its end: a proxy that cannot log any more ends.
  void (async () => {
    const awaited = new Set(["serving initial configuration", "certificate obtained successfully"]);
    for await (const line of linesOf(proxy.stderr)) {
      for (const words of awaited) if (line.includes(words)) awaited.delete(words);
      if (awaited.size === 0) ready.resolve();
    }
    ready.reject(new Error("the proxy ended"));
  })();
  await ready.promise;
  const tls = { rejectUnauthorized: false };
  const told = await fetch(`https://localhost:${port}/api/doctor`, {
    tls,
    headers: { "x-forwarded-for": "203.0.113.9" },
  });
  // What a stranger says of himself, the proxy does not pass on.
  expect(JSON.stringify(await told.json())).not.toContain("203.0.113.9");
  const open = () =>
    Client.over(new WebSocket(`wss://localhost:${port}/v1`, { tls } as unknown as string[]) as never, "the proxy");
  const tv = await open();
  const { room } = await tv.ask({ type: "create", clientId: "display", maxClients: 2 });
  const phone = await open();
  expect(await phone.ask({ type: "join", clientId: "ann", room })).toMatchObject({ type: "joined", room });
  // The figures are on a port of their own.
  expect((await fetch(`https://localhost:${port}/metrics`, { tls })).status).toBe(404);
  expect((await fetch(`http://127.0.0.1:${figures}/metrics`)).status).toBe(200);
});

/** The words of an instruction that is a list. */
function wordsOf(instruction: string): string[] {
  const [, list = "[]"] = new RegExp(`^${instruction} (?:--.* CMD )?(\\[.*\\])$`, "m").exec(DOCKERFILE) ?? [];
  return JSON.parse(list);
}

const USER = 1000;
const PRIVATE = ["unshare", "--mount", "--propagation", "private"] as const;
const mounts = await needs("mounts of its own (root, or sudo), and setpriv", async () => {
  const runs = await firstThatRuns([
    [...PRIVATE, "setpriv", "--version"],
    ["sudo", "-n", ...PRIVATE, "setpriv", "--version"],
  ]);
  return runs === null ? null : runs === "sudo" ? ["sudo", "-n", ...PRIVATE] : [...PRIVATE];
});
const image = await mkdtemp(join(tmpdir(), "partyline-image-"));
afterAll(() => rm(image, { recursive: true, force: true }));

mounts.test(
  "[O9] the image's command runs on a disk that is read-only but for /data, as its user, without capabilities",
  async () => {
    const [start, check] = [wordsOf("CMD"), wordsOf("HEALTHCHECK")];
    expect([start, check]).toEqual([
      ["bun", "/app/server.js"],
      ["bun", "/app/server.js", "--health"],
    ]);
    expect(DOCKERFILE).toContain(`USER ${USER}:${USER}`);
    expect(DOCKERFILE).toContain(`COPY --from=build --chown=${USER}:${USER} /data /data`);
    const data = join(image, "data");
    await mkdir(data);
    const built = Bun.spawn(
      [process.execPath, "build", "server.ts", "--target=bun", `--outfile=${join(image, "server.js")}`],
      {
        cwd: ROOT,
        stdout: "ignore",
        stderr: "pipe",
      },
    );
    expect(await built.exited).toBe(0);
    await chmod(image, 0o755);
    await chown(data, USER, USER);
    const port = await freePort();
    const HOST = "127.0.0.2";
    const env = {
      PATH: process.env.PATH ?? "",
      NODE_ENV: "production",
      DATA_DIR: data,
      PORT: String(port),
      HOST,
      DRAIN_SECONDS: "0",
    };
    // As the image runs it: what it writes elsewhere fails.
    const inImage = (words: readonly string[]) => {
      const here = words.map((word) => (word === "bun" ? process.execPath : word.replace("/app/", `${image}/`)));
      const bare = [
        "setpriv",
        `--reuid=${USER}`,
        `--regid=${USER}`,
        "--clear-groups",
        "--no-new-privs",
        "--bounding-set=-all",
      ];
      const set = Object.entries(env).map(([name, value]) => `${name}=${value}`);
      // The folder first, as a mount of its own: it stays as it is when all else turns read-only.
      const script = 'mount --bind "$0" "$0" && mount --bind / / && mount -o remount,bind,ro / && cd / && exec "$@"';
      return Bun.spawn([...mounts.get(), "sh", "-c", script, data, ...bare, "env", "-i", ...set, ...here], {
        stdout: "pipe",
        stderr: "pipe",
      });
    };
    const server = inImage(start);
    ends.push(() => server.kill("SIGKILL"));
    const logged: string[] = [];
    for await (const line of linesOf(server.stdout)) {
      logged.push(line);
      if (line.includes('"listening"')) break;
    }
    expect(logged.filter((line) => /"level":"(warn|error)"/.test(line))).toEqual([]);
    // That it is what it is said to be.
    const probe = inImage(["sh", "-c", "touch /app/x /tmp/x; id -u; grep CapBnd /proc/self/status"]);
    expect(await new Response(probe.stdout).text()).toBe(`${USER}\nCapBnd:\t0000000000000000\n`);
    expect(await new Response(probe.stderr).text()).toContain("Read-only file system");
    // Its health check goes where HOST and PORT say.
    expect(await inImage(check).exited).toBe(0);
    const tv = await Client.connect(`ws://${HOST}:${port}`);
    await tv.ask({ type: "create", clientId: "display", maxClients: 2 });
    // A backup as `docker exec` takes it.
    const backup = inImage([...start, "--backup", join(data, "backup")]);
    expect([await new Response(backup.stderr).text(), await backup.exited]).toEqual(["", 0]);
    server.kill("SIGTERM");
    expect((await tv.closed).code).toBe(4200);
    expect(await server.exited).toBe(0);
    expect(await inImage(check).exited).toBe(1);
    expect((await readdir(data)).sort()).toEqual(["backup", "jwt.secret", "rooms.snapshot", "sessions.sqlite"]);
  },
);
