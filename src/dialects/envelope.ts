// What a frame of JSON is besides its body: the object around `data`, read without building what is in it. Shared by wires whose
// requests are objects with a `type`; what the members mean is each wire's own.
import { isObject, memberSpan, parseJson, type Span } from "./json.ts";

export interface Envelope {
  /** The members; `data`, where there is one, is null here whatever it was. */
  readonly members: Readonly<Record<string, unknown>>;
  readonly type: string;
  /** Where `data` stands in the text; null where there is none. */
  readonly body: Span | null;
}

/** The envelope of a frame, or why it has none: no JSON, or no object with a string `type`. */
export function readEnvelope(text: string): Envelope | "invalid_json" | "unknown_type" {
  const body = mayHaveBody(text) ? memberSpan(text, "data") : null;
  // The body is JSON by itself, and so is all around it: then the whole is, and nothing in the body reaches the envelope [P8].
  const members = parseJson(body === null ? text : `${text.slice(0, body.start)}null${text.slice(body.end)}`);
  if (members === undefined) return "invalid_json";
  if (!isObject(members) || typeof members.type !== "string") return "unknown_type";
  return { members, type: members.type, body };
}

/** Whether a member can be called `data`: its name then stands there in full, or is spelt with an escape. Most requests have neither. */
export function mayHaveBody(text: string): boolean {
  return text.includes('"data"') || text.includes("\\");
}

/**
 * The text of a body. A small one in a large frame is copied: a slice would hold on to the whole frame for as long as a room keeps
 * the body.
 */
export function bodyOf(text: string, { start, end }: Span): string {
  const body = text.slice(start, end);
  return text.length > 2 * body.length + 256 ? Buffer.from(body).toString() : body;
}
