// The body of a call: one JSON object in UTF-8, or what it is instead, in words. Knows no call.
import { HTTP_BODY_BYTES_MAX } from "../../limits/table.ts";
import { refused } from "./answer.ts";

/** The JSON object of a request; none at all counts as one without fields. */
export async function bodyOf(request: Request): Promise<object | Response> {
  const { headers } = request;
  const tooLarge = refused(413, `Body must be at most ${HTTP_BODY_BYTES_MAX} bytes`);
  // The header may be missing, so the bytes are counted as well. A body that is far too long Bun itself refuses (doors/listen.ts).
  if (Number(headers.get("content-length")) > HTTP_BODY_BYTES_MAX) return tooLarge;
  const encoding = headers.get("content-encoding")?.trim().toLowerCase() ?? "";
  // Unpacked, a few bytes could be megabytes.
  if (encoding !== "" && encoding !== "identity") {
    return refused(415, "Body must not be compressed", { "accept-encoding": "identity" });
  }
  let text: string;
  try {
    const bytes = await request.arrayBuffer();
    if (bytes.byteLength > HTTP_BODY_BYTES_MAX) return tooLarge;
    // A byte-order mark at the beginning is none of the text.
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return refused(400, "Body must be UTF-8");
  }
  if (text.trim() === "") return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch {
    return notJson(text, headers.get("content-type") ?? "");
  }
  return refused(400, "Body must be a JSON object");
}

/** `curl -d` says that JSON is a form, so the type alone tells nothing. */
function notJson(text: string, type: string): Response {
  if (/^\s*(application\/x-www-form-urlencoded|multipart\/form-data)/i.test(type) && !/^\s*[[{]/.test(text)) {
    return refused(415, "Body must be a JSON object, not a form");
  }
  // Where a value may begin: what is no JSON anyway is not worth taking apart.
  if (/[:,[]\s*-?(?:NaN|Infinity)\b/.test(text))
    return refused(400, "Body must be JSON, which knows no NaN and no Infinity");
  return refused(400, "Body must be a JSON object");
}
