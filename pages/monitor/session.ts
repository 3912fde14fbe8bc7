// Who looks: the admin key for a token, which lives as long as this tab and stands in no address. The key itself is kept nowhere.
import { type Answer, ask } from "../shared/asked.ts";
import { EMPTY, type Store } from "./state.ts";

const KEPT_AS = "partyline:monitor";

/** In memory too, where a browser forbids storage: then a reload asks again. */
export function keptToken(): string | null {
  try {
    return sessionStorage.getItem(KEPT_AS);
  } catch {
    return null;
  }
}

function keep(token: string | null): void {
  try {
    if (token === null) sessionStorage.removeItem(KEPT_AS);
    else sessionStorage.setItem(KEPT_AS, token);
  } catch {
    // It stays in memory.
  }
}

/** Tries a key; the store hears what came of it. */
export async function logIn(store: Store, key: string): Promise<void> {
  store.set({ isLoggingIn: true, loginSays: "" });
  const headers = { "content-type": "application/json" };
  const answer = await ask("/api/auth/login", { method: "POST", headers, body: JSON.stringify({ key }) });
  const { token } = (answer.body ?? {}) as { token?: string };
  if (answer.status !== 200 || token === undefined) {
    store.set({ isLoggingIn: false, loginSays: whyNot(answer) });
    return;
  }
  keep(token);
  store.set({ token, isLoggingIn: false });
}

function whyNot({ status, headers }: Answer): string {
  if (status === 401 || status === 400)
    return "That is not the admin key. Each start without ADMIN_KEY prints a new one.";
  if (status === 429)
    return `Too many tries came from this address: wait ${headers.get("retry-after") ?? "60"} s, then try again.`;
  if (status === 403) return `Pages of ${location.origin} may not log in: add it to ALLOWED_ORIGINS.`;
  if (status === 0) return "The server does not answer: see that it runs, then try again.";
  return `The server answered ${status}: try again later.`;
}

/** Forgets the token, and all that was seen with it. */
export function logOut(store: Store, says: string): void {
  keep(null);
  store.set({ ...EMPTY, token: null, loginSays: says });
}

/** Asks a call of the API with the token; where that is good no more, somebody must log in again. */
export async function asked(store: Store, path: string, body?: object): Promise<Answer> {
  const { token } = store.get();
  const headers = { authorization: `Bearer ${token}`, ...(body && { "content-type": "application/json" }) };
  const answer = await ask(path, { headers, ...(body && { method: "POST", body: JSON.stringify(body) }) });
  if (answer.status === 401 && store.get().token === token) logOut(store, "Your login has ended: log in again.");
  return answer;
}
