// Requests about what few rooms have beside seats: what is read of them, and what is refused before it comes to a room.
import { describe, expect, test } from "bun:test";
import { decode } from "../../src/dialects/party/decode.ts";
import { WIRE } from "../../src/limits/table.ts";

const read = (request: object) => decode(JSON.stringify(request), 32);

function refusalOf(request: object): string {
  const command = read(request);
  return command.kind === "flawed" ? command.refusal.text : `taken as ${command.kind}`;
}

describe("timers", () => {
  test("[C20] seconds become ms, and what is not said is not", () => {
    expect(read({ type: "timer.set", timer: "round", seconds: 2.5, id: 1 })).toEqual({
      ...{ kind: "timerSet", timer: "round", ms: 2_500, label: null, pauses: false },
      asked: { type: "timer.set", ref: 1 },
    });
    expect(read({ type: "timer.set", timer: "round", seconds: 30, label: "Round 2", pauses: true })).toMatchObject({
      ...{ label: "Round 2", pauses: true, ms: 30_000 },
    });
    expect(read({ type: "timer.set", timer: "round", seconds: 30, label: "", pauses: null })).toMatchObject({
      ...{ label: null, pauses: false },
    });
  });

  test.each(["timer.set", "timer.pause", "timer.go", "timer.stop"])("[C20][C22] %s names one", (type) => {
    const text = "timer must be 1 to 32 printable characters";
    for (const timer of ["", " ", "x".repeat(33), "a\n", 1, null, undefined])
      expect(refusalOf({ type, timer, seconds: 30 })).toBe(text);
    expect(refusalOf({ type, timer: "🎲".repeat(32), seconds: 30 })).toStartWith("taken as timer");
  });

  test.each([0, 0.09, -1, 86_401, "30", null, undefined])("[C20] it does not run for %j seconds", (seconds) => {
    expect(refusalOf({ type: "timer.set", timer: "round", seconds })).toBe(
      "seconds must be a number of seconds, 0.1 to 86400",
    );
  });

  test("[C20] its label is as a name is", () => {
    expect(refusalOf({ type: "timer.set", timer: "round", seconds: 30, label: "x".repeat(65) })).toBe(
      "label must be at most 64 printable characters",
    );
  });
});

describe("data of one member's", () => {
  test("[C30] whose it is may be said, and is nobody's where nothing is said", () => {
    expect(read({ type: "set_player", clientId: "ann", data: 1.0 })).toMatchObject({ clientId: "ann", body: "1" });
    for (const clientId of [undefined, null, ""])
      expect(read({ type: "set_player", clientId, data: 1 })).not.toHaveProperty("clientId");
    expect(refusalOf({ type: "set_player", clientId: 1, data: 1 })).toBe(
      "clientId must be 1 to 64 printable characters",
    );
  });

  test("[C31] the body stays the text it is, up to 4 KiB", () => {
    expect(decode('{"type":"set_private","clientId":"ann","data":1e400}', 32)).toMatchObject({
      ...{ kind: "setPrivate", clientId: "ann", body: "1e400" },
    });
    const fits = "x".repeat(WIRE.privateBytesMax - 2);
    expect(refusalOf({ type: "set_private", clientId: "ann", data: fits })).toBe("taken as setPrivate");
    expect(refusalOf({ type: "set_private", clientId: "ann", data: `${fits}x` })).toBe("Data is too large");
    expect(refusalOf({ type: "set_private", clientId: "ann" })).toBe("data must be any JSON value");
    expect(refusalOf({ type: "set_private", data: 1 })).toBe("clientId is required");
    expect(decode(`{"type":"set_private","clientId":"a","data":${"[".repeat(33)}${"]".repeat(33)}}`, 32)).toMatchObject(
      {
        refusal: { name: "too_deep" },
      },
    );
  });
});

test("[C39] what a reset keeps is named of a list, each once", () => {
  expect(read({ type: "room.reset" })).toMatchObject({ kind: "reset", keep: [] });
  expect(read({ type: "room.reset", keep: null })).toMatchObject({ keep: [] });
  expect(read({ type: "room.reset", keep: ["state", "polls", "state"] })).toMatchObject({ keep: ["state", "polls"] });
  for (const keep of [["seats"], "state", { state: true }])
    expect(refusalOf({ type: "room.reset", keep })).toBe(
      "keep must be a list of state, players, private, polls and timers",
    );
});

test("[C36] names are unique, or not spoken of", () => {
  const create = (names?: unknown) => read({ type: "create", clientId: "tv", maxClients: 2, names });
  expect(create("unique")).toMatchObject({ rules: { names: "unique" } });
  for (const names of [undefined, null, ""]) {
    const command = create(names);
    expect(command.kind === "create" && "names" in command.rules).toBe(false);
  }
  expect(create("twice")).toMatchObject({ refusal: { text: "names must be unique" } });
});
