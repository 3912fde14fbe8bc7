// Polls and the audience, as the client shows them.
import { expect, test } from "bun:test";
import { memorySeats, type Poll, type Room } from "../../clients/js/src/index.ts";
import { holds, outcome, parties } from "./stage.ts";

const party = parties();

/** What it hears of polls, in words. */
function heardOf(room: Room): string[] {
  const heard: string[] = [];
  const words = (poll: Poll) =>
    `${poll.name} ${poll.counts ?? "?"} ${poll.total ?? "?"}${poll.first ? ` ${poll.first}` : ""}`;
  room.on("poll", ({ name, ask, options = [] }) => heard.push(`${ask} ${name} ${options}`));
  room.on("tally", (poll) => heard.push(`tally ${words(poll)}`));
  room.on("pollClosed", (poll) => heard.push(`closed ${words(poll)}`));
  room.on("answered", ({ name }, text) => heard.push(`${name}: ${text}`));
  return heard;
}

test("[C10][C12][C15][C17] a question is asked, answered, counted and closed", async () => {
  const { host, phone } = await party();
  const tv = await host();
  const ann = await phone(tv.code);
  const [atTv, atAnn] = [heardOf(tv), heardOf(ann)];
  await tv.poll("q").open("choice", { options: ["A", "B"], show: "live" });
  await holds(() => ann.polls.has("q"));
  await ann.answer("q", 1);
  expect(ann.polls.get("q")?.answered).toEqual({ choice: 1 });
  await holds(() => atAnn.includes("tally q 0,1 1"));
  const bob = await phone(tv.code, { name: "Bob" });
  expect(bob.polls.get("q")).toMatchObject({ options: ["A", "B"], counts: [0, 1], total: 1 });
  expect(bob.polls.get("q")?.answered).toBeUndefined();
  await tv.poll("q").close();
  await holds(() => !ann.polls.has("q") && !bob.polls.has("q"));
  expect(atAnn).toEqual(["choice q A,B", "tally q 0,1 1", "closed q 0,1 1"]);
  expect(atTv).toEqual(atAnn);
  expect(await outcome(ann.answer("q", 0))).toBe("poll_closed");
  expect(await outcome(ann.poll("x").open("text"))).toBe("not_host");
}, 20_000);

test("[C12] each kind of question takes its kind of answer", async () => {
  const { host, phone } = await party();
  const tv = await host();
  const ann = await phone(tv.code);
  const heard = heardOf(tv);
  await tv.poll("m").open("many", { options: ["A", "B", "C"] });
  await tv.poll("n").open("number");
  await tv.poll("t").open("text");
  await tv.poll("f").open("first", { who: "players" });
  await holds(() => ann.polls.size === 4);
  await ann.answer("m", [2, 0]);
  await ann.answer("n", 250);
  await ann.answer("t", "a cat");
  await ann.answer("f");
  await holds(() => !tv.polls.has("f") && tv.polls.get("m")?.total === 1 && tv.polls.get("n")?.total === 1);
  expect(tv.polls.get("m")?.counts).toEqual([1, 0, 1]);
  expect(tv.polls.get("n")).toMatchObject({ sum: 250, mean: 250 });
  expect([...(tv.polls.get("t")?.answers ?? [])]).toEqual([[ann.me.id, "a cat"]]);
  expect(heard).toContain("t: a cat");
  expect(heard).toContain(`closed f  1 ${ann.me.id}`);
  expect(["m", "n", "t"].map((name) => ann.polls.get(name)?.answered)).toEqual([
    { choices: [2, 0] },
    { number: 250 },
    { text: "a cat" },
  ]);
}, 20_000);

test("[C1][C3][C4][C6] who watches hears the host, answers, and is no member", async () => {
  const { host, phone } = await party();
  const tv = await host({ maxClients: 2, audience: 5, state: { round: 1 } });
  const ann = await phone(tv.code);
  expect(await outcome(phone(tv.code, { name: "Eve" }))).toBe("room_full");
  const counts: number[] = [];
  ann.on("audience", (count) => counts.push(count));
  const eve = await phone(tv.code, { name: "Eve", as: "audience" });
  expect([eve.isWatching, eve.state, eve.members.size, eve.audience]).toEqual([true, { round: 1 }, 0, null]);
  expect([ann.isWatching, ann.members.size, ann.audience?.max]).toEqual([false, 2, 5]);
  await holds(() => tv.audience?.count === 1);
  await holds(() => counts.includes(1) && ann.audience?.count === 1);
  const heard: unknown[] = [];
  eve.on("message", (data) => heard.push(data));
  expect(await tv.send("hello", { to: "audience" })).toMatchObject({ delivered: 1 });
  await holds(() => heard.length === 1);
  await tv.poll("q").open("choice", { options: ["A", "B"], who: "audience" });
  await holds(() => eve.polls.has("q"));
  await eve.answer("q", 0);
  expect(await outcome(ann.answer("q", 0))).toBe("not_asked");
  expect(await outcome(eve.send("hello"))).toBe("not_in_room");
  await holds(() => tv.polls.get("q")?.total === 1);
}, 20_000);

test("[C7][C18] who watches is the same after a lost line and a reload, with its answer; what it asked meanwhile is said", async () => {
  const { host, phone, valve } = await party();
  const tv = await host({ audience: 5 });
  const seats = memorySeats();
  const eve = await phone(tv.code, { as: "audience", seats });
  await tv.poll("q").open("choice", { options: ["A", "B"], who: "all" });
  await holds(() => eve.polls.has("q"));
  await eve.answer("q", 0);
  valve.refuses = true;
  valve.cut();
  await holds(() => eve.status === "away");
  const waits = eve.answer("q", 1);
  await tv.poll("late").open("text", { who: "all" });
  valve.refuses = false;
  await waits;
  await holds(() => eve.polls.has("late"));
  const again = await phone(tv.code, { as: "audience", seats });
  expect(again.me.id).toBe(eve.me.id);
  expect(again.polls.get("q")?.answered).toEqual({ choice: 1 });
  await holds(() => eve.status === "over");
  await tv.poll("q").close();
  await holds(() => !tv.polls.has("q"));
}, 20_000);

test("[C18] a question that was asked anew under its name while away has neither the answer nor the counts of the one before", async () => {
  const { host, phone, valve } = await party();
  const tv = await host({ audience: 5 });
  const eve = await phone(tv.code, { as: "audience" });
  await tv.poll("q").open("text", { who: "all", show: "live" });
  await holds(() => eve.polls.has("q"));
  await eve.answer("q", "before");
  await holds(() => eve.polls.get("q")?.total === 1);
  valve.refuses = true;
  valve.cut();
  await holds(() => eve.status === "away");
  await tv.poll("q").close();
  await tv.poll("q").open("text", { who: "all" });
  valve.refuses = false;
  await holds(() => eve.status === "here" && eve.polls.get("q")?.show === "end");
  const { answered, total, counts } = eve.polls.get("q") ?? {};
  expect([answered, total, counts]).toEqual([undefined, undefined, undefined]);
}, 20_000);

test("[C18] what became of polls while away is told as a difference, in a room without history", async () => {
  const { host, phone, valve } = await party();
  const tv = await host({ history: 0 });
  const ann = await phone(tv.code);
  for (const name of ["stays", "goes"]) await tv.poll(name).open("text");
  await holds(() => ann.polls.size === 2);
  const heard = heardOf(ann);
  valve.refuses = true;
  valve.cut();
  await holds(() => ann.status === "away");
  await tv.poll("goes").close();
  await tv.poll("new").open("number");
  valve.refuses = false;
  await holds(() => heard.length === 2);
  expect(heard.sort()).toEqual(["closed goes ? ?", "number new "]);
  await tv.reset("state");
  await holds(() => ann.polls.size === 0);
  expect(heard).toHaveLength(2);
}, 20_000);

test("[C17] a page that is loaded anew with `messages` hears how a poll came out meanwhile, and a plain reload does not", async () => {
  const { host, phone } = await party();
  const seats = memorySeats();
  const tv = await host();
  const ann = await phone(tv.code, { seats });
  await tv.poll("f").open("first");
  await tv.poll("q").open("choice", { options: ["A", "B"] });
  await holds(() => ann.polls.size === 2);
  // As a page that is left: what it had heard is kept, and nothing after it.
  const { seq } = await tv.send("the last that was heard");
  const kept = seats.load(tv.code);
  const bob = await phone(tv.code, { name: "Bob" });
  await bob.answer("f");
  await tv.poll("q").close();
  await holds(() => ann.polls.size === 0);
  if (!kept) throw new Error("no seat is kept");
  const left = { ...kept, since: seq };
  seats.save(tv.code, left);
  const again = await phone(tv.code, { seats, reload: "messages" });
  const heard = heardOf(again);
  await holds(() => heard.length === 2);
  expect(heard).toEqual([`closed f  1 ${bob.me.id}`, "closed q 0,0 0"]);
  seats.save(tv.code, left);
  const plain = await phone(tv.code, { seats });
  const silent = heardOf(plain);
  await plain.answer("x").catch(() => undefined);
  expect(silent).toEqual([]);
}, 20_000);

test("[C7] a seat that is refused for now stays kept: who then watches is who watched before, and has voted", async () => {
  const { host, phone } = await party();
  const tv = await host({ maxClients: 1, audience: 5 });
  const seats = memorySeats();
  await tv.poll("q").open("choice", { options: ["A", "B"], who: "all" });
  const eve = await phone(tv.code, { as: "audience", seats });
  await holds(() => eve.polls.has("q"));
  await eve.answer("q", 1);
  expect(await outcome(phone(tv.code, { seats }))).toBe("room_full");
  const again = await phone(tv.code, { as: "audience", seats });
  expect([again.me.id, again.polls.get("q")?.answered]).toEqual([eve.me.id, { choice: 1 }]);
  // What is over is kept no longer.
  await tv.close();
  await holds(() => again.status === "over");
  expect(seats.load(tv.code)).toBeUndefined();
}, 20_000);
