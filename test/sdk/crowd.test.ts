// What few rooms have beside seats, as the client shows it: timers, data that is not everybody's, unique names, a room as new.
import { expect, test } from "bun:test";
import { holds, notes, outcome, parties } from "./stage.ts";

const party = parties();

test("[C20][C21][C22] a timer is told to all, counts down by itself, and is done once", async () => {
  const { host, phone } = await party();
  const tv = await host();
  const ann = await phone(tv.code);
  const told = (room: typeof tv) => {
    const heard: string[] = [];
    room.on("timer", ({ name, label, isPaused, isStopped }) =>
      heard.push([name, label, isPaused && "stands", isStopped && "stopped"].filter(Boolean).join(" ")),
    );
    room.on("timerDone", (name) => heard.push(`${name} done`));
    return heard;
  };
  const [atTv, atAnn] = [told(tv), told(ann)];
  const round = tv.timer("round");
  await round.set(30, { label: "Round 1" });
  await holds(() => ann.timers.get("round") !== undefined);
  const left = ann.timers.get("round")?.leftMs ?? 0;
  expect(left).toBeLessThanOrEqual(30_000);
  await holds(() => (ann.timers.get("round")?.leftMs ?? left) < left);
  await round.pause();
  await holds(() => ann.timers.get("round")?.isPaused === true);
  const late = await phone(tv.code, { name: "Bob" });
  expect([late.timers.get("round")?.isPaused, late.timers.get("round")?.endsAt]).toEqual([true, null]);
  expect(late.timers.get("round")?.leftMs).toBe(ann.timers.get("round")?.leftMs as number);
  await round.go();
  await round.stop();
  await tv.timer("short").set(0.1);
  await holds(() => atAnn.includes("short done") && atTv.includes("short done"));
  const all = ["round Round 1", "round Round 1 stands", "round Round 1", "round Round 1 stands stopped"];
  expect(atAnn).toEqual([...all, "short", "short done"]);
  expect(atTv).toEqual(atAnn);
  expect([tv.timers.size, ann.timers.size]).toEqual([0, 0]);
  expect(await outcome(round.pause())).toBe("timer_not_found");
  expect(await outcome(ann.timer("mine").set(1))).toBe("not_host");
}, 20_000);

test("[C20] what became of timers while away is told as a difference, in a room without history", async () => {
  const { host, phone, valve } = await party();
  const tv = await host({ history: 0 });
  const ann = await phone(tv.code);
  for (const name of ["stopped", "goes", "anew", "stands"]) await tv.timer(name).set(60);
  await tv.timer("stands").pause();
  await holds(() => ann.timers.get("stands")?.isPaused === true);
  const heard: string[] = [];
  ann.on("timer", ({ name, isStopped }) => heard.push(isStopped ? `${name} stopped` : name));
  ann.on("timerDone", (name) => heard.push(`${name} done`));
  await tv.timer("done").set(0.1);
  await holds(() => heard.includes("done done"));
  heard.splice(0);
  const begun = ann.next("timer", { filter: ({ name }) => name === "due" });
  await tv.timer("due").set(0.5);
  await begun;
  valve.refuses = true;
  valve.cut();
  await holds(() => ann.status === "away" && !tv.timers.has("due"));
  await tv.timer("stopped").stop();
  await tv.timer("anew").set(90);
  await tv.timer("new").set(60);
  valve.refuses = false;
  await holds(() => ann.status === "here" && ann.timers.has("new"));
  expect(heard.sort()).toEqual(["anew", "due", "due done", "new", "stopped stopped"]);
  expect([...ann.timers.keys()].sort()).toEqual(["anew", "goes", "new", "stands"]);
}, 20_000);

test("[C30] the host replaces a member's data", async () => {
  const { host, phone } = await party();
  const tv = await host();
  const [ann, bob] = [await phone(tv.code), await phone(tv.code, { name: "Bob" })];
  const heard = notes(bob, "data");
  await tv.setPlayer(ann.me, { score: 3 });
  expect(tv.members.get(ann.me.id)?.data).toEqual({ score: 3 });
  await holds(() => JSON.stringify(ann.me.data) === '{"score":3}');
  await holds(() => heard.length === 1);
  expect(heard).toEqual([["data", ann.me.id, { score: 3 }]]);
  expect(await outcome(ann.setPlayer(bob.me.id, 1))).toBe("not_host");
});

test("[C31][C32][C33] private data is its member's and the host's, over a reload of either", async () => {
  const { server, host, phone } = await party();
  const { memorySeats } = await import("../../clients/js/src/index.ts");
  const seats = memorySeats();
  const tv = await host({ seats });
  const [ann, bob] = [await phone(tv.code, { seats }), await phone(tv.code, { name: "Bob" })];
  const [atAnn, atBob] = [notes(ann, "private"), notes(bob, "private")];
  await tv.setPrivate(ann.me.id, ["A♠"]);
  await holds(() => atAnn.length === 1);
  expect([ann.me.private, tv.members.get(ann.me.id)?.private]).toEqual([["A♠"], ["A♠"]]);
  expect(bob.members.get(ann.me.id)?.private).toBeUndefined();
  // Another page of the same seat.
  const again = await phone(tv.code, { seats, url: server.url });
  expect(again.me.private).toEqual(["A♠"]);
  const screen = await host({ seats });
  expect(screen.code).toBe(tv.code);
  expect(screen.members.get(ann.me.id)?.private).toEqual(["A♠"]);
  await screen.makeHost(bob.me.id);
  await holds(() => bob.members.get(ann.me.id)?.private !== undefined);
  expect(atBob).toEqual([["private", ann.me.id, ["A♠"]]]);
});

test("[C36] a second Ann is Ann 2, and stays so over a lost line", async () => {
  const { host, phone, valve } = await party();
  const tv = await host({ names: "unique" });
  const first = await phone(tv.code);
  const second = await phone(tv.code);
  expect([first.me.name, second.me.name]).toEqual(["Ann", "Ann 2"]);
  const heard = notes(tv, "back", "renamed");
  valve.cut();
  await holds(() => heard.length === 2);
  expect([second.me.name, tv.members.get(second.me.id)?.name]).toEqual(["Ann 2", "Ann 2"]);
  expect(heard.map(([type]) => type)).toEqual(["back", "back"]);
});

test("[C39] a reset lets go of all but what is named, and is told to all", async () => {
  const { host, phone } = await party();
  const tv = await host({ state: { round: 3 } });
  const ann = await phone(tv.code);
  const play = async () => {
    await tv.setState({ round: 3 });
    await ann.setData("red");
    await tv.setPrivate(ann.me, "spy");
    await tv.timer("round").set(60);
    await holds(() => ann.timers.size === 1);
  };
  const found = (room: typeof tv) => {
    const member = room.members.get(ann.me.id);
    return [room.state, member?.data, member?.private, room.timers.size];
  };
  await play();
  const heard = notes(ann, "state", "data", "private", "timer", "timerDone", "reset");
  await tv.reset();
  await holds(() => heard.length === 1);
  expect(heard).toEqual([["reset", []]]);
  for (const room of [tv, ann]) expect(found(room)).toEqual([undefined, undefined, undefined, 0]);
  await play();
  await tv.reset("state", "players", "private", "timers");
  await holds(() => heard.at(-1)?.[0] === "reset");
  for (const room of [tv, ann]) expect(found(room)).toEqual([{ round: 3 }, "red", "spy", 1]);
});
