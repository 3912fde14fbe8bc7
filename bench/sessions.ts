// `bun bench/sessions.ts [--subscribers 1000] [--rate 200] [--seconds 30] [--rounds 6]`
// What a game night with a large audience costs: how long a vote by HTTP takes to the last subscriber, whether anybody misses one,
// and what the rooms beside it feel. The server has one core, all load the other; quiet and loaded windows take turns.

import { parseArgs } from "node:util";
import { Audience } from "./live/audience.ts";
import { Api } from "./live/client.ts";
import { measureUse } from "./live/meter.ts";
import { Rooms } from "./live/rooms.ts";
import { metric, startPartyline } from "./live/server.ts";
import { hotPathTable, type RoomsWindow, type VotesWindow, votesTable } from "./live/tables.ts";
import { castVotes } from "./live/votes.ts";
import { settle } from "./machine.ts";
import { machineLine } from "./report.ts";
import { killAll } from "./serverProcess.ts";

const WARM_MS = 3_000;
const IDLE_VOTES_PER_SECOND = 20;
const IDLE_MS = 15_000;
const BESIDE_MS = 5_000;
/** The votes begin before the rooms are listened to, and end after. */
const BESIDE_MARGIN_MS = 500;
const RUN_TIMEOUT_MS = 10 * 60_000;
const MS_PER_SECOND = 1000;

const { values } = parseArgs({
  args: process.argv.slice(2),
  options: {
    subscribers: { type: "string", default: "1000" },
    rate: { type: "string", default: "200" },
    seconds: { type: "string", default: "30" },
    rounds: { type: "string", default: "6" },
  },
});
const subscribers = Number(values.subscribers);
const perSecond = Number(values.rate);
const rounds = Number(values.rounds);

process.on("exit", killAll);
process.on("SIGINT", () => process.exit(130));
process.on("SIGTERM", () => process.exit(143));
setTimeout(() => process.exit(1), RUN_TIMEOUT_MS).unref();

const machine = settle();
console.log(
  `${machineLine(machine)}\n${subscribers} subscribers, ${perSecond} votes a second; times are of one process's clock`,
);
const server = await startPartyline(machine.serverPrefix);
const api = await Api.login(server.port);
const sessionId = await api.make("/api/sessions", { notes: "bench" });
await api.make(`/api/sessions/${sessionId}/games`, { title: "Quiz", pack_name: "Bench" });

const rooms = await Rooms.gather(server.port);
const audience = await Audience.gather(server.port, api.token, sessionId, subscribers);
const measure = () => measureUse({ server: server.pid, others: [rooms.pid] });
const cast = (rate: number, ms: number) => castVotes(audience, api, sessionId, measure, { perSecond: rate, ms });
const talk = async () => {
  const measured = measure();
  return { ...(await rooms.talk(BESIDE_MS)), ...measured() };
};
await cast(perSecond, WARM_MS);

const voting: VotesWindow[] = [];
const beside: RoomsWindow[] = [];
voting.push({ name: "one at a time, nothing else", ...(await cast(IDLE_VOTES_PER_SECOND, IDLE_MS)) });
voting.push({ name: "full rate, nothing else", ...(await cast(perSecond, Number(values.seconds) * MS_PER_SECOND)) });
await rooms.talk(WARM_MS);
for (let round = 0; round < rounds; round++) {
  beside.push({ name: "quiet", ...(await talk()) });
  const votes = cast(perSecond, BESIDE_MS + 2 * BESIDE_MARGIN_MS);
  await Bun.sleep(BESIDE_MARGIN_MS);
  beside.push({ name: "beside the votes", ...(await talk()) });
  voting.push({ name: "full rate, rooms beside", ...(await votes) });
}

console.log(`\n${votesTable(voting, subscribers)}\n\n${hotPathTable(beside)}`);
const wrong = `${audience.gaps} gaps, ${audience.garbled} garbled`;
const total = voting.reduce((sum, { votes }) => sum + votes, 0);
const short = voting.reduce((sum, { votes, heard }) => sum + votes * subscribers - heard, 0);
const [faults, lines] = [
  await metric(server.port, "partyline_faults_total"),
  await metric(server.port, "partyline_lines"),
];
console.log(
  `\n${total} votes, ${total * subscribers} deliveries due, ${short} lost, ${wrong}; ${lines} lines open, ${faults} faults`,
);
audience.leave();
rooms.end();
await server.stop();
process.exit(short === 0 && audience.gaps === 0 && audience.garbled === 0 ? 0 : 1);
