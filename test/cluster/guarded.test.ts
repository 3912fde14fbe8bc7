// An engine as it stands in a network that is not one's own: behind TLS, with a user that may do no more than the manual says.
import { expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startChild } from "../support/child.ts";
import { Client } from "../support/client.ts";
import { firstThatRuns, needs } from "../support/needs.ts";
import { freePort, Redis, redisServer } from "../support/redis.ts";

const guarded = await needs("redis-server with TLS, and openssl", async () => {
  const isThere = !redisServer.isSkipped && redisServer.note === "";
  return isThere ? firstThatRuns([["openssl", "version"]]) : null;
});

const MANUAL = await Bun.file(new URL("../../docs/cluster.md", import.meta.url)).text();
/** What the manual says after the name and the password. */
const RIGHTS = /^user partyline on >… (.*)$/m.exec(MANUAL)?.[1] ?? "";
const PASSWORD = "Vr4-Zk9wLp6-Nc3s";

/** A certificate of our own for this machine's name. */
async function certificate(openssl: string, folder: string) {
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  const kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  const args = [openssl, "req", ...kind, "-keyout", key, "-out", cert, ...names];
  const made = Bun.spawn(args, { stdin: "ignore", stdout: "ignore", stderr: "ignore" });
  expect(await made.exited).toBe(0);
  return { key, cert };
}

/** A Redis that a node reaches by TLS alone, as a user with the rights of the manual. */
async function guardedRedis() {
  const folder = await mkdtemp(join(tmpdir(), "partyline-tls-"));
  const { key, cert } = await certificate(guarded.get(), folder);
  const port = await freePort();
  const tls = ["--tls-port", String(port), "--tls-cert-file", cert, "--tls-key-file", key, "--tls-auth-clients", "no"];
  const user = ["--user", "partyline", "on", `>${PASSWORD}`, ...RIGHTS.replaceAll("<CLUSTER>", "partyline").split(" ")];
  const redis = await Redis.start({ more: [...tls, ...user] });
  const dispose = () => redis[Symbol.asyncDispose]().then(() => rm(folder, { recursive: true }));
  return { redis, cert, port, [Symbol.asyncDispose]: dispose };
}

const NODE = {
  ...{ INSTANCE: "one", LEASE_SECONDS: "3", DRAIN_SECONDS: "0" },
  ...{ JWT_SECRET: "Jq2-mT7x_Vr4-Zk9wLp6-Nc3sDf8-Hb1g", ADMIN_KEY: "Xq7-vT2m_Zr9-Lk4w" },
};

guarded.test("[N1] TLS, and a user with the rights that the manual gives it, are enough", async () => {
  expect(RIGHTS).not.toBe("");
  await using engine = await guardedRedis();
  const trust = { NODE_EXTRA_CA_CERTS: engine.cert };
  const url = (password: string) => `rediss://partyline:${password}@localhost:${engine.port}`;
  await using node = await startChild({ ...NODE, ...trust, ENGINE_URL: url(PASSWORD) });
  const tv = await Client.connect(node.url);
  const { room } = await tv.ask({ type: "create", clientId: "tv", secret: "s".repeat(16), maxClients: 4 });
  // What the room is kept as is there within 2 s, and its code rests once it is over.
  while (!(await engine.redis.ask("HGET", "{pl:partyline}:rooms:one", String(room))))
    await fetch(`${node.http}/health`);
  tv.send({ type: "close_room" });
  expect((await tv.closed).code).toBe(4001);
  expect(node.logged.filter((line) => line.includes('"warn"'))).toEqual([]);
});

guarded.test(
  "[N1] a certificate that is not trusted, or a wrong password: the start fails, and says what it may be",
  async () => {
    await using engine = await guardedRedis();
    const starts = [
      { ENGINE_URL: `rediss://partyline:wrong@localhost:${engine.port}`, NODE_EXTRA_CA_CERTS: engine.cert },
      { ENGINE_URL: `rediss://partyline:${PASSWORD}@localhost:${engine.port}` },
    ];
    const ended = await Promise.all(
      starts.map((env) => startChild({ ...NODE, ...env }).then(String, ({ message }: Error) => message)),
    );
    for (const message of ended) expect(message).toContain("a wrong user or password ends it so");
  },
);

test("[N1] the rights in the manual are read by these tests", () => {
  expect(RIGHTS).toContain("~{pl:<CLUSTER>}:*");
  expect(RIGHTS).toContain("&pl:<CLUSTER>:*");
});
