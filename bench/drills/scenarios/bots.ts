// The players that game developers try their games with, against a server that is drained and killed under them: 40 rooms of six phones, a fifth
// of them asleep and a fifth with lines that break, at a quiz. What the bots find wrong is wrong here, too.
import { play } from "../../../clients/bots/crowd.ts";
import * as quiz from "../../../clients/bots/examples/quiz.ts";
import type { Options } from "../../../clients/bots/options.ts";
import { isGood, reportOf, textOf } from "../../../clients/bots/report.ts";
import { ServerProcess } from "../../serverProcess.ts";
import type { Scenario } from "../scene.ts";

const ROOMS = 40;
const PLAYERS = 6;
const SECONDS = 90;
const RAMP = 60;
/** From the first bot on: when all are in, and well past the snapshot. */
const DRAIN_AT_MS = 30_000;
const KILL_AT_MS = 60_000;
const SEED = 7;

export const bots: Scenario = {
  name: "bots",
  about: `${ROOMS} rooms of ${PLAYERS} bots at a quiz, a fifth asleep, a fifth with lines that break; a drain and a kill -9`,
  secondsMax: 240,
  isExtra: true,
  async run(scene) {
    let server = await ServerProcess.start({ env: { LIMITS: "off", DRAIN_SECONDS: "1" } });
    const options: Options = {
      ...{ url: server.url, players: PLAYERS, rooms: ROOMS, room: null, seconds: SECONDS, script: "", isJson: false },
      ...{ sleep: 0.2, drop: 0.2, latency: { ms: 80, spreadMs: 40 }, ramp: RAMP, seed: SEED, lose: 0 },
    };
    const parts = Array.from({ length: ROOMS }, (_, room) => ({ room, players: PLAYERS, from: 0 }));
    const startedAt = performance.now();
    const playing = play(options, parts, quiz);
    await Bun.sleep(DRAIN_AT_MS);
    const exitCode = await server.drain();
    scene.expect(exitCode === 0, `the drain ended with ${exitCode}`);
    server = await server.restarted();
    await Bun.sleep(KILL_AT_MS - DRAIN_AT_MS);
    scene.rooms.before = await server.metric("partyline_rooms");
    await server.kill();
    server = await server.restarted();
    scene.rooms.after = await server.metric("partyline_rooms");
    const seen = await playing;
    const report = reportOf(options, seen, performance.now() - startedAt, [null, null]);
    for (const line of textOf(report).split("\n")) scene.note(line);
    scene.expect(isGood(seen), `${seen.lost} lost in silence, ${seen.twice} twice, ${seen.disorder} out of order`);
    scene.expect(seen.joined === ROOMS * (PLAYERS + 1), `${seen.joined} of ${ROOMS * (PLAYERS + 1)} got in`);
    scene.expect(seen.notBack === 0, `${seen.notBack} were not back at the end`);
    await server.kill();
  },
};
