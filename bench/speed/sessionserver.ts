// A hundred sessions of eight in the SessionServer wire, in which every member updates its data twenty times a second, for all eight.

import { STAMP_BLANK } from "../client/frames.ts";
import { Line } from "../client/line.ts";
import { inParallel, until } from "../wait.ts";
import { startContestant } from "./contestants.ts";
import { fixedRate } from "./loops.ts";
import type { Case } from "./measure.ts";

const SESSIONS = 100;
const MEMBERS = 8;
const DELIVERIES_PER_SECOND = SESSIONS * MEMBERS * 20 * MEMBERS;
const TIMEOUT_MS = 30_000;
const PLAYER = { x: 0.5, y: -27.125, t: STAMP_BLANK };
const UPDATE = JSON.stringify({ command: "updatePlayer", player: PLAYER });

export const sessionserver: Case = {
  ...{ name: "sessionserver", isOurs: true, roundsMax: 3, windowMsMin: 3_000 },
  async open(contestant, machine) {
    const server = await startContestant(contestant, machine.serverPrefix);
    const faults: string[] = [];
    let playerJoins = 0;
    const crowd = Array.from({ length: SESSIONS }, (): Line[] => []);
    const enter = async (request: object) => {
      const line = await Line.open(`${server.url}/sessionserver`, "a member");
      const { promise, resolve } = Promise.withResolvers<number>();
      line.onFault = (reason) => faults.push(reason);
      line.onText = (text) => {
        if (text.startsWith('{"command":"playerJoin"')) playerJoins++;
        else if (text.startsWith('{"command":"sessionJoin","error":0')) resolve(JSON.parse(text).sessionID);
        else faults.push(`heard ${text.slice(0, 200)}`);
      };
      line.say(request);
      return { line, sessionID: await promise };
    };
    await inParallel(SESSIONS, async (i) => {
      let request: object = { command: "createSession", session: { map: "castle" }, player: PLAYER };
      for (let n = 0; n < MEMBERS; n++) {
        const { line, sessionID } = await enter(request);
        crowd[i]?.push(line);
        request = { command: "joinSession", sessionID };
      }
    });
    // Who joins hears of each that is there, and each of them of who joins.
    const joins = SESSIONS * MEMBERS * (MEMBERS - 1);
    await until(TIMEOUT_MS, () => playerJoins === joins || faults.length > 0);
    if (playerJoins !== joins) throw new Error(`${playerJoins} of ${joins} playerJoin; ${faults[0]}`);
    for (const line of crowd.flat()) line.onText = null;
    const speakers = (room: readonly Line[]) => room.map((line) => ({ line, message: UPDATE, hearers: MEMBERS }));
    const run = fixedRate(crowd, speakers, DELIVERIES_PER_SECOND, true);
    return { pid: server.pid, run, close: () => server.kill() };
  },
};
