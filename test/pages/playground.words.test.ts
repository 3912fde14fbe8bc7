// The playground's words without a browser: forms from the schema of the wire, requests from forms, and what is taken along of the list.
import { expect, test } from "bun:test";
import { type Form, requestOf } from "../../pages/playground/form.ts";
import type { Row } from "../../pages/playground/state.ts";
import { asCode, jsonLines } from "../../pages/playground/texts.ts";
import { formsOf } from "../../scripts/forms.ts";
import { decodeRequest } from "../../src/dialects/party/decode.ts";

const schema = await Bun.file(`${import.meta.dir}/../../docs/party.schema.json`).json();
const forms = formsOf(schema);

function form(type: string): Form {
  const found = forms.find((one) => one.type === type);
  if (found === undefined) throw new Error(`no form of ${type}`);
  return found;
}

test("[H33] there is a form for each request of the schema, with every field of it", () => {
  expect(forms.map(({ type }) => type)).toEqual(Object.keys(schema.$defs.requests));
  for (const { type, fields } of forms) {
    const { properties, required } = schema.$defs.requests[type];
    expect([type, fields.map(({ name }) => name).sort()]).toEqual([
      type,
      Object.keys(properties)
        .filter((name) => name !== "type")
        .sort(),
    ]);
    const needed = fields.filter(({ isNeeded }) => isNeeded).map(({ name }) => name);
    expect([type, ["type", ...needed].sort()]).toEqual([type, [...required].sort()]);
  }
});

test("[H33] a field takes what its schema says", () => {
  const fields = Object.fromEntries(
    ["create", "join", "send", "lock", "vote"].flatMap((type) =>
      form(type).fields.map((one) => [`${type}.${one.name}`, one]),
    ),
  );
  expect(fields["create.maxClients"]).toMatchObject({ takes: "number", isNeeded: true, min: 1 });
  expect(fields["create.away"]).toMatchObject({ takes: "number", isNeeded: false, min: 0, max: 600 });
  expect(fields["create.hostGone"]).toMatchObject({ takes: "choice", options: ['"stay"', '"migrate"', '"close"'] });
  expect(fields["create.tick"]).toMatchObject({ takes: "choice", options: ["true", "false", '"answer"'] });
  expect(fields["create.secret"]).toMatchObject({ takes: "text", maxLength: 256 });
  expect(fields["create.room"]).toMatchObject({ takes: "text" });
  expect(fields["join.since"]).toMatchObject({ takes: "mixed" });
  expect(fields["send.to"]).toMatchObject({ takes: "list" });
  expect(fields["send.data"]).toMatchObject({ takes: "json", isNeeded: true });
  expect(fields["lock.locked"]).toMatchObject({ takes: "choice", options: ["true", "false"] });
  expect(fields["vote.vote"]).toMatchObject({ takes: "choice", options: ['"up"', '"down"'] });
});

test("[H33] a request that the schema gets tomorrow has its form, whatever it is made of", () => {
  const requests = {
    "poll.open": {
      description: "Asks all.",
      properties: {
        type: { const: "poll.open" },
        options: { type: "array", items: { type: "string" } },
        until: { anyOf: [{ type: "object", properties: {} }, { type: "null" }] },
        secretly: { type: ["boolean", "null"] },
      },
      required: ["type", "options"],
    },
    bare: {},
  };
  expect(formsOf({ $defs: { requests } })).toEqual([
    {
      type: "poll.open",
      about: "Asks all.",
      fields: [
        { name: "options", isNeeded: true, about: "", takes: "json" },
        { name: "until", isNeeded: false, about: "", takes: "json" },
        { name: "secretly", isNeeded: false, about: "", takes: "choice", options: ["true", "false"] },
      ],
    },
    { type: "bare", about: "", fields: [] },
  ]);
});

test("[H33] what is typed becomes the request, and what is empty is left out", () => {
  expect(requestOf(form("ping"), {})).toBe('{"type":"ping"}');
  expect(requestOf(form("send"), { data: ' {"a": 1.50} ', to: "bob", id: "7" })).toBe(
    '{"type":"send","data":{"a": 1.50},"to":"bob","id":7}',
  );
  expect(requestOf(form("send"), { data: "hello", to: "bob, cy,", id: "a" })).toBe(
    '{"type":"send","data":"hello","to":["bob","cy"],"id":"a"}',
  );
  expect(requestOf(form("create"), { clientId: 'a"b', maxClients: "8", tick: '"answer"', away: "x" })).toBe(
    '{"type":"create","clientId":"a\\"b","maxClients":8,"away":"x","tick":"answer"}',
  );
  expect(requestOf(form("lock"), { locked: "false" })).toBe('{"type":"lock","locked":false}');
});

test("[H33] a form with what it needs filled in is no bad request to the server's own decoder", () => {
  const some: Record<string, string> = {
    clientId: "ann",
    maxClients: "8",
    room: "GXHB",
    data: "1",
    locked: "true",
    title: "Quiz",
    lobbyState: '"CanStart"',
    vote: '"up"',
  };
  let known = 0;
  for (const one of forms) {
    const needed = one.fields.filter(({ isNeeded }) => isNeeded);
    if (!needed.every(({ name }) => name in some)) continue;
    known++;
    const typed = Object.fromEntries(needed.map(({ name }) => [name, some[name] ?? ""]));
    const text = requestOf(one, typed);
    expect([text, decodeRequest(text, 32)]).toEqual([text, expect.not.objectContaining({ kind: "unreadable" })]);
  }
  expect(known).toBeGreaterThanOrEqual(17);
});

const ROW: Row = {
  ...{
    id: 1,
    at: Date.UTC(2026, 10, 27, 2),
    gapMs: 3,
    member: 1,
    direction: "out",
    bytes: 20,
    type: "send",
    seq: null,
  },
  text: '{"type":"send","data":1.50}',
};

test("[H33] rows become JSON lines, with the frame as it was", () => {
  const rows: Row[] = [
    ROW,
    { ...ROW, direction: "in", seq: 4, member: 2, text: '{"type":"send",\n"data":1}' },
    { ...ROW, direction: "out", text: '{"type":"se', bytes: 100_000 },
    { ...ROW, direction: "note", text: "is dropped", bytes: 0 },
  ];
  const lines = jsonLines(rows, [{ n: 1, name: "Ann" }]).split("\n");
  expect(lines).toHaveLength(4);
  expect(lines[0]).toEndWith(',"frame":{"type":"send","data":1.50}}');
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    {
      at: "2026-11-27T02:00:00.000Z",
      member: "Ann",
      direction: "out",
      gapMs: 3,
      bytes: 20,
      frame: { type: "send", data: 1.5 },
    },
    expect.objectContaining({ member: "No. 2", seq: 4, text: '{"type":"send",\n"data":1}' }),
    expect.objectContaining({ text: '{"type":"se', shortened: true, bytes: 100_000 }),
    { at: "2026-11-27T02:00:00.000Z", member: "Ann", direction: "note", gapMs: 3, note: "is dropped" },
  ]);
});

test("[H33] what a member said is code that says it, and nothing of it is code of its own", () => {
  const rows: Row[] = [
    ROW,
    { ...ROW, member: 2, text: '{"type":"ping"}' },
    { ...ROW, direction: "in" },
    { ...ROW, text: 'alert(1);{"type":"x"', bytes: 20 },
  ];
  const code = asCode("ws://party.lan/v1", { n: 1, name: "Ann" }, rows);
  expect(code).toContain('new WebSocket("ws://party.lan/v1")');
  expect(code.match(/^ {2}say\(.*$/gm)).toEqual(['  say({"type":"send","data":1.50});']);
  expect(code).toContain("// here it said 20 bytes that are left out");
  expect(code).not.toContain("alert");
  expect(asCode("ws://x", { n: 1, name: "Ann" }, Array(40).fill(ROW))).toContain("// and 10 more");
});
