// Fifty rooms of another platform watched at once, by a real server over real lines: what that costs while their lobbies talk, and that all ways are
// found again when they break in one moment, with nothing told but what happened.
import { join } from "node:path";
import { Operator } from "../../client/operator.ts";
import { ROOT, ServerProcess } from "../../serverProcess.ts";
import { cpuNs, rssBytes } from "../../usage.ts";
import { until } from "../../wait.ts";
import { BusyService } from "../ecast/service.ts";
import type { Scenario, Scene } from "../scene.ts";

const ADMIN_KEY = "7c2b91e04f: the key of the drills";
const WATCHES = 50;
/** The directory is asked once a second: so long, and some more, until all are in sight. */
const ALL_MS = 120_000;
const MEASURED_MS = 60_000;
const WEIGHED = 500;
const WEIGHT_BYTES_MAX = 60_000;
const CPU_SHARE_MAX = 0.01;

const WATCHING = 'partyline_ecast_watches{state="watching"}';

export const ecast: Scenario = {
  name: "ecast",
  about: `${WATCHES} rooms of another platform are watched; all ways break at once`,
  secondsMax: 420,
  isExtra: true,
  async run(scene) {
    const service = new BusyService();
    const env = { ADMIN_KEY, LIMITS: "off", ECAST_URL: service.url };
    const server = await ServerProcess.start({ env });
    try {
      await weigh(scene, service);
      await play(scene, service, server);
    } finally {
      await server.kill();
      await service.stop();
    }
  },
};

async function weigh(scene: Scene, service: BusyService): Promise<void> {
  const script = join(ROOT, "bench/drills/ecast/weight.ts");
  const child = Bun.spawn([process.execPath, script, service.url, `${WEIGHED}`], { stdout: "pipe", stderr: "inherit" });
  const { heapBytes, rssBytes } = JSON.parse(await new Response(child.stdout).text());
  scene.note(`a watch: ${heapBytes} bytes of heap, ${rssBytes} of resident memory (${WEIGHED} of them)`);
  scene.expect(rssBytes <= WEIGHT_BYTES_MAX, `a watch weighs ${rssBytes} bytes`);
}

async function play(scene: Scene, service: BusyService, server: ServerProcess): Promise<void> {
  const operator = await Operator.login(server.http, ADMIN_KEY);
  const sessions: number[] = [];
  for (let n = 0; n < WATCHES; n++) sessions.push(await operator.make("/api/sessions", {}));
  const idle = await share(server, MEASURED_MS / 2);
  const rss = rssBytes(server.pid);
  for (const [n, id] of sessions.entries()) {
    const room_code = `RO${String.fromCharCode(65 + Math.floor(n / 26), 65 + (n % 26))}`;
    await operator.make(`/api/sessions/${id}/games`, { title: "Quip", room_code });
  }
  const allWatched = async () => {
    let watching = 0;
    const look = setInterval(async () => {
      watching = await server.metric(WATCHING);
    }, 1_000);
    await until(ALL_MS, () => watching === WATCHES);
    clearInterval(look);
    scene.expect(watching === WATCHES, `only ${watching} of ${WATCHES} are watched`);
  };
  await allWatched();
  const { said, dials, requests } = service;
  const busy = await share(server, MEASURED_MS);
  const seconds = MEASURED_MS / 1_000;
  const perSecond = (count: number) => (count / seconds).toFixed(1);
  scene.note(
    `${WATCHES} lobbies for ${seconds} s: ${perSecond(service.said - said)} frames, ${perSecond(service.dials - dials)} dials and ` +
      `${perSecond(service.requests - requests)} requests a second; ${percent(busy)} of a core, ${percent(idle)} without`,
  );
  scene.note(`resident memory: ${Math.round((rssBytes(server.pid) - rss) / 1024)} KiB more than before`);
  scene.expect(busy - idle <= CPU_SHARE_MAX, `${percent(busy - idle)} of a core`);
  scene.expect((service.requests - requests) / seconds <= 1.05, "the directory was asked more than once a second");
  service.cut();
  const cutAt = performance.now();
  await until(5_000, () => service.lines < WATCHES);
  await allWatched();
  scene.note(`all ways cut: all back after ${((performance.now() - cutAt) / 1_000).toFixed(0)} s`);
  for (const id of sessions) {
    const events = await operator.get<{ type: string }[]>(`/api/sessions/${id}/events`);
    const types = events.map(({ type }) => type).join();
    scene.expect(
      types === "session.started,game.added,room.connected,lobby.updated" ||
        types === "session.started,game.added,room.connected",
      `session ${id} was told ${types}`,
    );
  }
  scene.expect(service.heard === 0, `${service.heard} frames were said to a room`);
  scene.expect((await server.metric("partyline_faults_total")) === 0, "a fault");
}

/** Its part of a core over so long. */
async function share(server: ServerProcess, ms: number): Promise<number> {
  const before = cpuNs(server.pid);
  const from = performance.now();
  await Bun.sleep(ms);
  return (cpuNs(server.pid) - before) / 1e6 / (performance.now() - from);
}

function percent(part: number): string {
  return `${(part * 100).toFixed(2)} %`;
}
