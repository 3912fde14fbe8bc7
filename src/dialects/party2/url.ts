// The link to a room that its creator may leave with it: a template with {room} and {instance}. Checked once, at `create`, and
// filled in whenever it is told [Q9]. Whoever reads it opens it, so it is an https URL or nothing.
import { WIRE } from "../../limits/table.ts";
import type { Place } from "../wire.ts";

const PLACEHOLDERS: ReadonlySet<string> = new Set(["room", "instance"]);
/** Lone surrogates too: they are no text that a link could carry. */
const BLANKS = /[\p{Z}\p{Cc}\p{Cs}]/u;
/** Stands in for what a template is filled with: valid wherever any code and instance are. */
const SAMPLE = "ABCD";

/** What is wrong with a template, in this wire's words, or null. */
export function templateFault(url: unknown): string | null {
  if (typeof url !== "string") return "url must be a string";
  if (Buffer.byteLength(url) > WIRE.urlBytesMax) return "url too large";
  if (BLANKS.test(url)) return "url must not contain spaces or control characters";
  for (const [placeholder, name = ""] of url.matchAll(/\{([^}]*)\}/g)) {
    if (!PLACEHOLDERS.has(name)) return unknownPlaceholder(placeholder);
  }
  const sample = filled(url, SAMPLE, { instance: SAMPLE, region: "" });
  if (/[{}]/.test(sample)) return "url has an unmatched placeholder brace";
  const parsed = URL.parse(sample);
  if (parsed === null) return "url is not a valid URL";
  return parsed.protocol === "https:" ? null : "url must be an https URL";
}

/** The one text with a part of the client's own in it; a template's size bounds it. */
export function unknownPlaceholder(placeholder: string): string {
  return `Unknown url placeholder: ${placeholder}`;
}

/** The link to the room of that code. Codes and instance names need no escapes: see code.ts and config.ts. */
export function filled(template: string, code: string, { instance }: Place): string {
  return template.replaceAll("{room}", code).replaceAll("{instance}", instance);
}
