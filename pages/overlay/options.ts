// What the address of the overlay asks for. A streamer types it by hand: what cannot be read is as if it were not there, and nothing throws.

export const PARTS = ["title", "votes", "players", "qr", "poll"] as const;
export type Part = (typeof PARTS)[number];

export interface Options {
  readonly show: ReadonlySet<Part>;
  /** The session that is shown; null: the newest that goes on. */
  readonly session: number | null;
  /** The code that is shown, and whose polls are, as somebody types it; "": none. */
  readonly room: string;
  readonly theme: "dark" | "light";
  /** Where on the screen it stands. */
  readonly at: string;
  /** Of the letters, 1: as large as they are meant to be. */
  readonly scale: number;
  /** Seconds without a change after which it fades; 0: it stays. */
  readonly hide: number;
  /** Custom properties of its style, by their names. */
  readonly style: ReadonlyMap<string, string>;
  /** A viewer's token; "": what strangers may read is enough. */
  readonly token: string;
}

/** Seen without being asked for. */
const SHOWN: readonly Part[] = ["title", "votes", "players"];
const PLACES = new Set(["top-left", "top-right", "bottom-left", "bottom-right"]);
/** A colour: `ff7596`, with or without its mark, or one with a name. */
const COLOUR = /^(?:#?(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})|[a-z]{3,20})$/i;
const HEX = /^#?([0-9a-f]{3,8})$/i;
const FONT = /^[\p{L}\p{N} _-]{1,40}$/u;

export function optionsOf(search: string, hash: string): Options {
  const query = new URLSearchParams(search);
  const text = (name: string) => query.get(name)?.trim() ?? "";
  const listed = text("show")
    .split(",")
    .map((part) => part.trim());
  const known = PARTS.filter((part) => listed.includes(part));
  const session = Number(text("session"));
  const at = text("at");
  return {
    show: new Set(text("show") === "" ? SHOWN : known),
    session: Number.isSafeInteger(session) && session > 0 ? session : null,
    room: text("room").slice(0, 64),
    theme: text("theme") === "light" ? "light" : "dark",
    at: PLACES.has(at) ? at : "bottom-left",
    scale: numberOf(text("scale"), 0.25, 4, 1),
    hide: numberOf(text("hide"), 0, 3_600, 0),
    style: styleOf(text),
    token: new URLSearchParams(hash.slice(1)).get("t") ?? "",
  };
}

function styleOf(text: (name: string) => string): Map<string, string> {
  const style = new Map<string, string>();
  for (const name of ["ink", "paper", "hot"]) {
    const colour = text(name);
    if (!COLOUR.test(colour)) continue;
    const [, digits] = HEX.exec(colour) ?? [];
    style.set(`--${name}`, digits === undefined ? colour : `#${digits}`);
  }
  const font = text("font");
  if (FONT.test(font)) style.set("--font", `"${font}"`);
  return style;
}

function numberOf(text: string, min: number, max: number, otherwise: number): number {
  const number = Number(text);
  return text === "" || !Number.isFinite(number) ? otherwise : Math.min(max, Math.max(min, number));
}
