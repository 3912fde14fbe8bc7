// Honest parties at default limits: nobody is paused, refused or closed. A school that joins five rooms at once with ten mistyped codes; a
// display at 60 frames a second and ten typical games (bench/drills/parties/games.ts); and 100 rooms of nine on a server of a LAN.

import { settle } from "../../machine.ts";
import { ServerProcess } from "../../serverProcess.ts";
import { until } from "../../wait.ts";
import { DISPLAY, GAMES } from "../parties/games.ts";
import { ask, enter, Table } from "../parties/table.ts";
import type { Scenario, Scene } from "../scene.ts";

const MINUTES = 5;
const SCHOOL = { address: "127.0.8.100", rooms: 5, phones: 40, mistyped: 10, withinMs: 10_000 };
/** Of a right code, from its connect: longer is no longer "notices nothing". */
const JOIN_MS_MAX = 3_000;
const LAN = { rooms: 100, size: 9, perRoomASecond: 10, ms: 20_000 };
const BEAT_MS = 4;

export const parties: Scenario = {
  ...{
    name: "parties",
    about: "a school, a display, ten games for --minutes, a LAN: no pause, no refusal",
    isExtra: true,
  },
  secondsMax: ({ minutes }) => minutes(MINUTES) * 60 + 240,
  obstacle: () => (process.platform === "linux" ? null : "127.0.0.0/8 is one address here"),
  async run(scene) {
    const { serverPrefix } = settle();
    await school(scene, serverPrefix);
    await games(scene, serverPrefix, scene.options.minutes(MINUTES) * 60_000);
    await lan(scene, serverPrefix);
  },
};

/** Fails unless nobody was paused, kept waiting, refused or closed. @param refusals how many there must have been, of wrong codes */
async function untroubled(scene: Scene, server: ServerProcess, name: string, refusals = 0): Promise<void> {
  const scrape = await server.scrape();
  const grown = [...scrape].filter(([label, value]) => {
    return (
      value > 0 && /^partyline_((pauses|waits|refusals|dropped|faults|limited)_total|closes_total.*"4)/.test(label)
    );
  });
  const wrong = grown.filter(([label, value]) => !label.includes("room_not_found") || value !== refusals);
  const told = wrong.map(([label, value]) => `${label.replace("partyline_", "")} ${value}`);
  scene.note(`${name}: ${told.length === 0 ? "no pause, no refusal, no close" : told.join(", ")}`);
  scene.expect(told.length === 0, `${name}: ${told.join(", ")}`);
}

async function school(scene: Scene, prefix: readonly string[]): Promise<void> {
  const { address, rooms, phones, mistyped, withinMs } = SCHOOL;
  const server = await ServerProcess.start({ prefix });
  const codes: string[] = [];
  for (let i = 0; i < rooms; i++) {
    const { answer } = await enter(server.url, address, { type: "create", clientId: "tv", maxClients: 20 });
    codes.push(answer.room ?? "");
  }
  const tookMs: number[] = [];
  let missed = 0;
  let wrong = 0;
  const come = async (i: number) => {
    await Bun.sleep((withinMs * i) / phones);
    const join = { type: "join", clientId: `p${i}`, room: codes[i % rooms] };
    // Four letters that are no room's, each another: a child types what it reads.
    const first = i % (phones / mistyped) === 0 ? { ...join, room: `ZZ${"ABCDEFGHJK"[wrong++]}Z` } : join;
    const { line, answer, ms } = await enter(server.url, address, first);
    if (first === join && answer.type === "joined") tookMs.push(ms);
    if (first === join) {
      if (answer.type !== "joined") missed++;
      return;
    }
    if (answer.code !== "room_not_found") missed++;
    const askedAt = performance.now();
    if ((await ask(line, join)).type !== "joined") missed++;
    tookMs.push(performance.now() - askedAt);
  };
  await Promise.all(Array.from({ length: phones }, (_, i) => come(i).catch(() => void missed++)));
  const longest = Math.max(...tookMs);
  const text = `school: ${missed} of ${phones} phones did not get in; the longest join took ${longest.toFixed(0)} ms`;
  scene.note(text);
  scene.expect(missed === 0 && longest <= JOIN_MS_MAX, text);
  await untroubled(scene, server, "school", mistyped);
  await server.kill();
}

async function games(scene: Scene, prefix: readonly string[], ms: number): Promise<void> {
  const server = await ServerProcess.start({ prefix });
  const tables: Table[] = [];
  for (const [at, game] of [DISPLAY, ...GAMES].entries()) {
    tables.push(await Table.open(server.url, `127.0.8.${1 + at}`, game));
  }
  const endAt = performance.now() + ms;
  while (performance.now() < endAt) {
    for (const table of tables) table.beat(performance.now());
    await Bun.sleep(BEAT_MS);
  }
  await until(10_000, () => tables.every(({ due, heard }) => heard >= due));
  console.log(
    Bun.inspect.table(
      tables.map(({ game, due, heard, closes }) => ({
        game: game.name,
        phones: game.phones,
        says: game.talks.map(({ by, to, perSecond, bytes }) => `${by} ${perSecond}/s × ${bytes} B → ${to}`).join(", "),
        why: game.why,
        ...{ heard, lost: due - heard, closes: closes.join() },
      })),
    ),
  );
  for (const { game, due, heard, closes } of tables) {
    scene.expect(due === heard && closes.length === 0, `${game.name}: ${due - heard} of ${due} lost, ${closes} closed`);
  }
  await untroubled(scene, server, "display and ten games");
  for (const table of tables) table.leave();
  await server.kill();
}

async function lan(scene: Scene, prefix: readonly string[]): Promise<void> {
  const { rooms, size, perRoomASecond, ms } = LAN;
  const { server, crowd } = await scene.begin({ rooms, size }, perRoomASecond, { prefix });
  await Bun.sleep(ms);
  scene.rooms.after = await server.metric("partyline_rooms");
  await untroubled(scene, server, "LAN");
  await crowd.settle();
}
