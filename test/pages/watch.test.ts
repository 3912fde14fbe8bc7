// Who watches, what is asked and how long is left, on the pages: played in a real browser by a TV, phones and somebody who found no seat.
import { expect } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { joinRoom } from "../../clients/js/src/index.ts";
import { browserNeeded, LAN_HOST } from "../support/browser.ts";
import { startChild } from "../support/child.ts";
import { codeOn, isIn, join as joinAs } from "../support/party.ts";
import { freePort } from "../support/server.ts";
import { isLobby, parties, press, row, says, tap } from "./stage.ts";

const party = parties();
const { test } = browserNeeded;

test("[C1][C6][C11] who comes to a full room watches and votes, and the TV says how many do", async () => {
  const { tv: openTv, phone } = await party();
  const tv = await openTv("tv", {}, "?phones=1");
  const ann = await phone(tv.code, "Ann");
  const eve = await phone(tv.code, "Eve");
  await says(eve.page, "#watch", "All seats are taken, so you watch.");
  await says(eve.page, "#myName", "Watching");
  await says(tv.page, "#who", "1 phone here, 1 watching");
  for (const hidden of ["#buzz", "#acts", "#chat"]) expect(await eve.page.locator(hidden).isVisible()).toBe(false);
  await tap(ann.page, "Buzz!");
  await says(eve.page, "#round", "Ann was first");

  await press(tv.page, "Start a vote");
  await says(eve.page, "#question", "How was round 1?");
  await tap(eve.page, "Good");
  await says(eve.page, "#hint", "Your vote is counted.");
  await tap(ann.page, "Bad");
  await says(tv.page, "#ups", "1");
  await says(tv.page, "#downs", "1");
  // The same eyes after a reload and a lost network, and no second vote.
  await eve.page.reload();
  await isIn(eve.page);
  await says(eve.page, "#watch", "so you watch");
  await eve.page.locator('#up[aria-pressed="true"]').waitFor();
  await eve.context.setOffline(true);
  await says(eve.page, "#words", "No network");
  await tap(eve.page, "Bad");
  await eve.context.setOffline(false);
  await says(tv.page, "#downs", "2");
  await says(tv.page, "#ups", "0");
  await says(tv.page, "#who", "1 phone here, 1 watching");
  await press(tv.page, "End the vote");
  await says(tv.page, "#question", "Result: How was round 1?");
  await eve.page.locator("#ballot").waitFor({ state: "hidden" });
});

test("[C5][C8] who watches gets the seat that becomes free, and goes on watching where the room is locked", async () => {
  const { tv: openTv, phone } = await party();
  const tv = await openTv("tv", {}, "?phones=1");
  const ann = await phone(tv.code, "Ann");
  const eve = await phone(tv.code, "Eve");
  await says(eve.page, "#watch", "so you watch");
  await press(tv.page, "Lock the room");
  await says(tv.page, "#lock", "Unlock");
  await eve.page.reload();
  await says(eve.page, "#watch", "so you watch");
  await press(tv.page, "Unlock the room");
  await says(tv.page, "#lock", "Lock the room");
  await tap(eve.page, "Is a seat free now?");
  await isIn(eve.page);
  await says(eve.page, "#watch", "so you watch");
  await tap(ann.page, "Leave");
  await isLobby(tv.page);
  await tap(eve.page, "Is a seat free now?");
  await says(eve.page, "#myName", "Eve");
  await row(tv.page, "Eve", "here");
  await eve.page.locator("#watch").waitFor({ state: "hidden" });
  await tap(eve.page, "Buzz!");
  await says(tv.page, "#standing", "Eve!");
  await says(tv.page, "#who", /^1 phone here$/);
});

test("[C20][C22] a round has a time that the TV and the phones show alike; who is first ends it", async () => {
  const { tv: openTv, phone } = await party();
  const tv = await openTv();
  expect(await tv.page.locator("#left").textContent()).toBe("");
  const ann = await phone(tv.code, "Ann");
  await says(ann.page, "#left", /^(30|2\d)$/);
  await says(tv.page, "#left", /^(30|2\d)$/);
  await tap(ann.page, "Buzz!");
  await says(tv.page, "#standing", "Ann!");
  for (const { page } of [tv, ann]) await page.locator("#left:empty").waitFor({ state: "attached" });
  await press(tv.page, "New round");
  await says(ann.page, "#left", /^(30|2\d)$/);
});

test("[C17][C23] a restart in the middle of a round and a vote: what was left is left, and who voted has voted", async () => {
  const folder = await mkdtemp(join(tmpdir(), "partyline-watch-"));
  const port = await freePort();
  const start = () => startChild({ PORT: `${port}`, HOST: "127.0.0.1", DATA_DIR: folder, DRAIN_SECONDS: "0" });
  const first = await start();
  const { people } = await party();
  const [tv, ann, eve] = [await people.person("tv"), await people.person("phone"), await people.person("phone")];
  await tv.page.goto(`http://${LAN_HOST}:${port}/?phones=1`);
  await press(tv.page, "Open a room on this screen");
  const code = await codeOn(tv.page);
  for (const [{ page }, name] of [
    [ann, "Ann"],
    [eve, "Eve"],
  ] as const) {
    await page.goto(`http://${LAN_HOST}:${port}/${code}`);
    await joinAs(page, name);
  }
  await says(eve.page, "#watch", "so you watch");
  await press(tv.page, "Start a vote");
  await tap(eve.page, "Good");
  await says(tv.page, "#ups", "1");
  const left = async () => Number(await ann.page.locator("#left").textContent());
  const before = await left();
  first.process.kill("SIGTERM");
  await first.ended;
  await says(tv.page, "#words", "Coming back");
  const second = await start();
  for (const { page } of [tv, ann, eve]) await isIn(page);
  // Down for longer than a second or not: a clock that had gone on would have less left than the time it takes to be back.
  expect(await left()).toBeWithin(1, before + 1);
  await eve.page.locator('#up[aria-pressed="true"]').waitFor();
  await tap(eve.page, "Bad");
  await says(tv.page, "#downs", "1");
  await says(tv.page, "#ups", "0");
  await tap(ann.page, "Buzz!");
  await says(tv.page, "#standing", "Ann!");
  await says(eve.page, "#round", "Ann was first");
  await row(tv.page, "Ann", "1");
  expect([tv, ann, eve].flatMap(({ faults }) => faults)).toEqual([]);
  for (const { context } of [tv, ann, eve]) await context.close();
  await second.stop();
  await rm(folder, { recursive: true });
});

test("[C21] a round that nobody buzzes in is over when its time is, and the next one begins anew", async () => {
  const { tv: openTv, phone, server } = await party();
  const tv = await openTv();
  const ann = await phone(tv.code, "Ann");
  await says(tv.page, "#left", /\d/);
  // The TV's own seat, in another hand for a moment: half a minute is long for a test.
  const seat = JSON.parse(
    (await tv.page.evaluate("Object.values(sessionStorage).find((x) => x.includes('secret'))")) as string,
  );
  const url = tv.page.url();
  await tv.page.goto("about:blank");
  const seats = { load: () => seat, save: () => undefined, clear: () => undefined };
  const hand = await joinRoom({ url: server.url, room: tv.code, seats });
  await hand.timer("Round 1").set(2, { pauses: true });
  const cut = hand.next("over");
  await tv.page.goto(url);
  await cut;
  await says(tv.page, "#standing", "Time is up");
  await says(ann.page, "#buzz", "Time is up");
  await says(ann.page, "#round", "Nobody was first");
  await tv.page.reload();
  await says(tv.page, "#standing", "Time is up");
  // Who comes to an empty room finds a round that goes.
  await tap(ann.page, "Leave");
  await isLobby(tv.page);
  await tap(ann.page, "Join again");
  await says(ann.page, "#round", "Round 2");
  await tap(ann.page, "Buzz!");
  await says(tv.page, "#standing", "Ann!");
  await row(tv.page, "Ann", "1");
});
