// How every HTTP answer looks: short JSON, no path, no stack, no version. Knows no route and no resource.

/** The answer of a request that brought a good token: its connection may go on. Every other ends with its answer [H12]. */
export function keptOpen(answer: Response): Response {
  answer.headers.set("connection", "keep-alive");
  return answer;
}

/** A JSON answer. */
export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return jsonText(JSON.stringify(body), status, headers);
}

/** The same of JSON that is text already. */
export function jsonText(text: string, status = 200, headers: Record<string, string> = {}): Response {
  const fixed = { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" };
  return new Response(text, { status, headers: { ...fixed, ...headers } });
}

/** A refusal: `{"error": text}`. */
export function refused(status: number, text: string, headers: Record<string, string> = {}): Response {
  return json({ error: text }, status, headers);
}

/** Plain text. */
export function text(body: string, contentType = "text/plain; charset=utf-8"): Response {
  return new Response(body, { headers: { "content-type": contentType, "cache-control": "no-store" } });
}

/** A redirect, asked after each time. @param isByAccept whether it is one for who wants a page alone */
export function moved(status: 301 | 302, location: string, isByAccept = false): Response {
  const vary = isByAccept ? { vary: "accept" } : {};
  return new Response(null, { status, headers: { location, "cache-control": "no-cache", ...vary } });
}

/** What a redirect keeps of an address: all from its `?` on. */
export function queryOf({ url }: Request): string {
  return URL.parse(url, "http://localhost")?.search ?? "";
}
