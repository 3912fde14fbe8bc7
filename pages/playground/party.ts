// What members do: they come, speak, fall asleep, lose their lines and take their seats up again; and what their lines tell becomes rows of the
// list. The wire is spoken raw, with no client between: what passes is what stands in the list.
import { type Line, openLine, type Passed } from "./line.ts";
import {
  CHARS_MAX,
  isOn,
  MEMBERS_MAX,
  type Member,
  memberOf,
  ROWS_MAX,
  type Row,
  type Standing,
  type Store,
} from "./state.ts";

/** As much of a frame as the page itself looks at. */
interface Seen {
  readonly type?: unknown;
  readonly seq?: unknown;
  readonly room?: unknown;
  readonly epoch?: unknown;
  readonly host?: unknown;
  readonly clientId?: unknown;
  readonly code?: unknown;
  readonly reason?: unknown;
}

const NAMES = ["TV", "Ann", "Bob", "Cem", "Dora", "Eve", "Finn", "Gia"];

export type Party = ReturnType<typeof partyOf>;

export function partyOf(store: Store) {
  const lines = new Map<number, Line>();
  let lastRow = 0;

  const change = (n: number, more: Partial<Member>) =>
    store.set({ members: store.get().members.map((member) => (member.n === n ? { ...member, ...more } : member)) });

  const note = (n: number, text: string) => addRows([{ at: Date.now(), direction: "note", text, bytes: 0 }], n);

  function addRows(passed: readonly (Passed | (Omit<Passed, "direction"> & { direction: "note" }))[], n: number): void {
    const { rows, goneRows } = store.get();
    const made = passed.map((one): Row => {
      const { type, seq } = one.direction === "note" ? {} : seenIn(one.text);
      const shown = typeof type === "string" ? type : "";
      return { ...one, id: ++lastRow, gapMs: 0, member: n, type: shown, seq: typeof seq === "number" ? seq : null };
    });
    const all = inOrder(rows, made);
    const kept = bounded(all);
    store.set({ rows: kept, goneRows: goneRows + all.length - kept.length });
  }

  function heard(n: number, passed: readonly Passed[], untold: number): void {
    addRows(passed, n);
    store.set({ untold: store.get().untold + untold });
    const member = memberOf(store.get(), n);
    if (member === undefined) return;
    let now = member;
    for (const { direction, text } of passed)
      now = direction === "in" ? after(now, seenIn(text)) : { ...now, said: now.said + 1 };
    change(n, now);
  }

  function open(n: number, first?: () => string): void {
    const line: Line = openLine({
      opened() {
        change(n, { standing: "open", ended: "" });
        if (first !== undefined) line.say(first());
      },
      passed: (frames, untold) => heard(n, frames, untold),
      awake: () => {
        note(n, "is awake again");
        if (memberOf(store.get(), n)?.standing === "asleep") change(n, { standing: "open" });
      },
      closed(code, reason) {
        note(n, `closed with ${code}${reason === "" ? "" : `: ${reason}`}`);
        // Its member may have another line by now, which took the seat.
        if (lines.get(n) !== line) return;
        lines.delete(n);
        change(n, { standing: "closed", ended: `${code}${reason === "" ? "" : ` ${reason}`}` });
      },
    });
    lines.set(n, line);
    change(n, { standing: "opening", ended: "" });
  }

  const does = {
    /** One more, with a line of its own; null: there are eight. */
    add(first?: (member: Member) => string): Member | null {
      const { members, speaker } = store.get();
      if (members.length >= MEMBERS_MAX) return null;
      const n = Math.max(0, ...members.map((member) => member.n)) + 1;
      const name = NAMES.find((one) => members.every((member) => member.name !== one)) ?? `No. ${n}`;
      const member: Member = {
        ...{ n, name, standing: "out" satisfies Standing, ended: "", room: "", isHost: false },
        ...{ clientId: `${name.toLowerCase()}-${random()}`, secret: random() + random() },
        ...{ since: 0, epoch: "", heard: 0, said: 0 },
      };
      store.set({ members: [...members, member], speaker: speaker === 0 ? n : speaker });
      open(n, first && (() => first(member)));
      return member;
    },
    /** A line again: with its seat, where it had one. */
    connect(n: number): void {
      const member = memberOf(store.get(), n);
      if (member === undefined || lines.has(n)) return;
      open(n, member.room === "" ? undefined : () => joinOf(member, member.room));
    },
    /** What nobody should do who is in a room with it: another line of the same member. */
    take(n: number): void {
      const member = memberOf(store.get(), n);
      if (member === undefined) return;
      note(n, "takes its seat from another line");
      lines.delete(n);
      open(n, () => joinOf(memberOf(store.get(), n) ?? member, member.room));
    },
    /** Whether it was said. */
    say(n: number, text: string): boolean {
      const member = memberOf(store.get(), n);
      if (member === undefined || !isOn(member)) return false;
      lines.get(n)?.say(text);
      return true;
    },
    drop(n: number): void {
      lines.get(n)?.kill();
      lines.delete(n);
      note(n, "is dropped: its Worker was ended, and said no goodbye");
      change(n, { standing: "dropped", ended: "" });
    },
    sleep(n: number, ms: number): void {
      lines.get(n)?.sleep(ms);
      note(n, `sleeps for ${ms / 1000} s: its line is open, and nothing is read`);
      change(n, { standing: "asleep" });
    },
    slow(n: number): void {
      const isSlow = memberOf(store.get(), n)?.standing === "slow";
      lines.get(n)?.slow(!isSlow);
      note(n, isSlow ? "reads as fast as it can" : "reads a tenth of each second");
      change(n, { standing: isSlow ? "open" : "slow" });
    },
    close: (n: number) => lines.get(n)?.close(),
    remove(n: number): void {
      lines.get(n)?.kill();
      lines.delete(n);
      const members = store.get().members.filter((member) => member.n !== n);
      const { speaker, whose } = store.get();
      store.set({
        members,
        speaker: speaker === n ? (members[0]?.n ?? 0) : speaker,
        whose: whose === n ? 0 : whose,
      });
    },
    /** Everybody goes, and the list is empty. */
    clear(): void {
      for (const line of lines.values()) line.kill();
      lines.clear();
      store.set({ members: [], speaker: 0, whose: 0, rows: [], goneRows: 0, untold: 0 });
    },
  };
  return does;
}

/** How a member opens a room. */
export function createOf({ clientId, secret, name }: Member, more: object = {}): string {
  return JSON.stringify({ type: "create", clientId, secret, name, maxClients: 8, away: 60, history: 64, ...more });
}

/** How a member takes a seat, or takes its own up again where it left off. */
export function joinOf({ clientId, secret, name, room: was, since, epoch }: Member, room: string): string {
  const left = was === room && epoch !== "" ? { since, epoch } : {};
  return JSON.stringify({ type: "join", room, clientId, secret, name, ...left });
}

function after(member: Member, { type, seq, room, epoch, host, clientId, code, reason }: Seen): Member {
  const heard = member.heard + 1;
  const since = typeof seq === "number" ? seq : member.since;
  const next = { ...member, heard, since };
  if (type === "created" || type === "joined")
    return {
      ...next,
      room: String(room),
      epoch: String(epoch ?? ""),
      isHost: type === "created" || host === member.clientId,
    };
  if (type === "host_changed") return { ...next, isHost: clientId === member.clientId };
  if (type === "left") return { ...next, room: "", epoch: "", isHost: false };
  if (type === "bye") return { ...next, ended: `${code} ${reason}` };
  return next;
}

function seenIn(text: string): Seen {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    // It was shortened, or it is nonsense: what it says at its beginning is its type.
    const [, type] = /^\{"type":"([\w.-]{1,40})"/.exec(text) ?? [];
    return { type };
  }
}

/** The rows with those that were just told. Workers tell a little late, each in its own time: what passed first stands first. */
function inOrder(rows: readonly Row[], made: readonly Row[]): readonly Row[] {
  const first = Math.min(...made.map(({ at }) => at));
  let from = rows.length;
  while (from > 0 && (rows[from - 1]?.at ?? 0) > first) from--;
  let before = rows[from - 1]?.at;
  const tail = [...rows.slice(from), ...made].sort((one, other) => one.at - other.at);
  return rows.slice(0, from).concat(
    tail.map((row) => {
      const gapMs = before === undefined ? 0 : row.at - before;
      before = row.at;
      return { ...row, gapMs };
    }),
  );
}

function bounded(rows: readonly Row[]): readonly Row[] {
  let from = Math.max(0, rows.length - ROWS_MAX);
  let chars = 0;
  for (let at = rows.length - 1; at >= from; at--) {
    chars += rows[at]?.text.length ?? 0;
    if (chars > CHARS_MAX) from = at + 1;
  }
  return from === 0 ? rows : rows.slice(from);
}

/** Where a page is not served over https there is no `crypto.randomUUID`. */
function random(): string {
  return crypto.getRandomValues(new Uint32Array(1)).join("");
}
