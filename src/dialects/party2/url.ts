// The url template that a creator may leave with its room: a link with {room} and {instance} to fill in. Checked once, at `create`, and
// filled in whenever it is told [Q9]. Whoever reads it opens it, so it is an https URL or nothing.
import { WIRE } from "../../limits/table.ts";
import type { Place } from "../wire.ts";

const PLACEHOLDERS: ReadonlySet<string> = new Set(["room", "instance"]);
/** Lone surrogates too: they are no text that a link could carry. */
const BLANKS = /[\p{Z}\p{Cc}\p{Cs}]/u;
/** Stands in for what a template is filled with: valid wherever any code and instance are. */
const SAMPLE = "ABCD";

/** What is wrong with a url template, in this wire's words, or null. */
export function templateFault(urlTemplate: unknown): string | null {
  if (typeof urlTemplate !== "string") return "url must be a string";
  if (Buffer.byteLength(urlTemplate) > WIRE.urlBytesMax) return "url too large";
  if (BLANKS.test(urlTemplate)) return "url must not contain spaces or control characters";
  for (const [placeholder, name = ""] of urlTemplate.matchAll(/\{([^}]*)\}/g)) {
    if (!PLACEHOLDERS.has(name)) return unknownPlaceholder(placeholder);
  }
  const sample = filled(urlTemplate, SAMPLE, { instance: SAMPLE, region: "" });
  if (/[{}]/.test(sample)) return "url has an unmatched placeholder brace";
  const parsed = URL.parse(sample);
  if (parsed === null) return "url is not a valid URL";
  return parsed.protocol === "https:" ? null : "url must be an https URL";
}

/** The one text with a part of the client's own in it; a template's size bounds it. */
export function unknownPlaceholder(placeholder: string): string {
  return `Unknown url placeholder: ${placeholder}`;
}

/** The link to the room of that code. Codes and instance names need no escapes: see rooms/codes.ts and config.ts. */
export function filled(urlTemplate: string, code: string, { instance }: Place): string {
  return urlTemplate.replaceAll("{room}", code).replaceAll("{instance}", instance);
}
