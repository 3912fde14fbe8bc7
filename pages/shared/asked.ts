// One question to the server by HTTP, with a time limit. No answer is an answer too: a page shows it, and nothing throws.

export interface Answer {
  /** 0: none came in time, or the network gave none. */
  readonly status: number;
  /** What the answer holds, where that is JSON; else null. */
  readonly body: unknown;
  readonly headers: Headers;
  /** How long it took, in ms. */
  readonly ms: number;
}

const LIMIT_MS = 8_000;

/** Asks `path` of the page's own server. Never rejects. */
export async function ask(path: string, options: RequestInit = {}, limitMs = LIMIT_MS): Promise<Answer> {
  const from = performance.now();
  const stop = new AbortController();
  // `AbortSignal.timeout` is missing in browsers of 2021, which phones at parties still have.
  const timer = setTimeout(() => stop.abort(), limitMs);
  try {
    const answer = await fetch(path, { cache: "no-store", ...options, signal: stop.signal });
    const text = await answer.text();
    return { status: answer.status, body: parsed(text), headers: answer.headers, ms: performance.now() - from };
  } catch {
    return { status: 0, body: null, headers: new Headers(), ms: performance.now() - from };
  } finally {
    clearTimeout(timer);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
