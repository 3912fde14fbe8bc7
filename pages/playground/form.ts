// What a request takes, as its schema says, and what somebody has typed into its form: the request as JSON text. The forms are made from
// docs/party.schema.json when pages are built (scripts/forms.ts), so a new request has its form without a line here.

/** A request with its form. */
export interface Form {
  readonly type: string;
  readonly about: string;
  readonly fields: readonly Field[];
}

export interface Field {
  readonly name: string;
  /** Whether the request is none without it. */
  readonly isNeeded: boolean;
  readonly about: string;
  readonly takes: Takes;
  /** What it may be, where it takes one of a few: as JSON. */
  readonly options?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  readonly maxLength?: number;
}

/**
 * `choice`: one of `options`. `mixed`: a number, or a text where it is none. `list`: a text, or several with commas between them. `json`:
 * anything, as JSON.
 */
export type Takes = "text" | "number" | "choice" | "mixed" | "list" | "json";

/** What somebody typed, by the names of fields; an empty one is left out. */
export type Typed = Readonly<Record<string, string>>;

/** The request, as text. What is no JSON where JSON is taken goes out as the text it is. */
export function requestOf({ type, fields }: Form, typed: Typed): string {
  const parts = fields.flatMap((field) => {
    const text = typed[field.name] ?? "";
    return text === "" ? [] : [`${JSON.stringify(field.name)}:${jsonOf(field.takes, text)}`];
  });
  return `{${[`"type":${JSON.stringify(type)}`, ...parts].join(",")}}`;
}

/** As it stands in the request: text that is JSON. */
function jsonOf(takes: Takes, text: string): string {
  if (takes === "choice") return text;
  if (takes === "json") return isJson(text) ? text.trim() : JSON.stringify(text);
  if (takes === "number" || takes === "mixed")
    return /^-?\d{1,15}(\.\d+)?$/.test(text.trim()) ? text.trim() : JSON.stringify(text);
  if (takes !== "list" || !text.includes(",")) return JSON.stringify(text);
  const several = text.split(",").map((one) => one.trim());
  return JSON.stringify(several.filter((one) => one !== ""));
}

export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
