// What is taken along from the list: its rows as JSON lines, and what a member said as the lines of a client that says it.
import type { Member, Row } from "./state.ts";

/** Of the code: as many things said as a person reads. */
const SAID_MAX = 30;
/** A frame of more than that is told of and left out. */
const CODE_CHARS_MAX = 2_000;

/** A row a line: when, whose, which way, and the frame as it was; `shortened` where it was too long to be kept whole. */
export function jsonLines(rows: readonly Row[], members: readonly Pick<Member, "n" | "name">[]): string {
  const nameOf = (n: number) => members.find((member) => member.n === n)?.name ?? `No. ${n}`;
  return rows
    .map(({ at, member, direction, gapMs, bytes, seq, text }) => {
      const head = { at: new Date(at).toISOString(), member: nameOf(member), direction, gapMs };
      if (direction === "note") return JSON.stringify({ ...head, note: text });
      const rest = { ...head, bytes, ...(seq !== null && { seq }) };
      // As it was, digit by digit: read and written anew a long number would be another.
      if (parsed(text) !== undefined && !text.includes("\n"))
        return `${JSON.stringify(rest).slice(0, -1)},"frame":${text}}`;
      const isShort = new TextEncoder().encode(text).length < bytes;
      return JSON.stringify({ ...rest, text, ...(isShort && { shortened: true }) });
    })
    .join("\n");
}

/** A client of a few lines that says what this member has said, in its order. */
export function asCode(address: string, { n, name }: Pick<Member, "n" | "name">, rows: readonly Row[]): string {
  const said = rows.filter(({ member, direction }) => member === n && direction === "out");
  const lines = said.slice(0, SAID_MAX).map(({ text, bytes }) => {
    if (parsed(text) === undefined || text.length > CODE_CHARS_MAX)
      return `  // here it said ${bytes} bytes that are left out`;
    return `  say(${text});`;
  });
  if (said.length > SAID_MAX) lines.push(`  // and ${said.length - SAID_MAX} more`);
  return [
    `// What ${name} said: for a browser's console, or a file for Bun or Node.`,
    `const socket = new WebSocket(${JSON.stringify(address)});`,
    "const say = (frame) => socket.send(JSON.stringify(frame));",
    "socket.onmessage = ({ data }) => {",
    "  const frame = JSON.parse(data);",
    "  console.log(frame);",
    '  if (frame.type === "tick") say({ type: "ping" });',
    "};",
    "socket.onclose = ({ code, reason }) => console.log(code, reason);",
    "socket.onopen = () => {",
    ...lines,
    "};",
    "",
  ].join("\n");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
