// A certificate authority of a test's own, and a certificate of hook.example by it; made with openssl, anew each time.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { firstThatRuns, needs } from "./needs.ts";

/** What tests of TLS need. */
export const openssl = await needs("openssl", () => firstThatRuns([["openssl", "version"]]));

export interface Certificates {
  readonly ca: string;
  readonly key: string;
  readonly cert: string;
}

/** @throws {Error} where openssl fails */
export async function certificates(): Promise<Certificates> {
  const folder = await mkdtemp(join(tmpdir(), "partyline-tls-"));
  const at = (name: string) => join(folder, name);
  const read = (name: string) => readFile(at(name), "utf8");
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  try {
    await writeFile(at("names"), "subjectAltName=DNS:hook.example");
    run("req", "-x509", ...key, "-keyout", at("ca.key"), "-out", at("ca.pem"), "-days", "30", "-subj", "/CN=test");
    run("req", ...key, "-keyout", at("key.pem"), "-out", at("request"), "-subj", "/CN=hook.example");
    const by = ["-CA", at("ca.pem"), "-CAkey", at("ca.key"), "-CAcreateserial", "-extfile", at("names")];
    run("x509", "-req", "-in", at("request"), ...by, "-days", "30", "-out", at("cert.pem"));
    return { ca: await read("ca.pem"), key: await read("key.pem"), cert: await read("cert.pem") };
  } finally {
    await rm(folder, { recursive: true });
  }
}

function run(...words: readonly string[]): void {
  const { exitCode, stderr } = Bun.spawnSync([openssl.get(), ...words], { stdin: "ignore" });
  if (exitCode !== 0) throw new Error(stderr.toString());
}
