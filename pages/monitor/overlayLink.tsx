// The address of the overlay with a viewer's token: for a streaming program, in whose settings an operator's own token has no place.
import type { Does } from "./does.ts";
import { asked } from "./session.ts";
import type { Link, Store } from "./state.ts";

/** A week of evenings; whoever finds one of it later has nothing. */
const HOURS = 168;

/** Makes one; what came of it is in the state. */
export async function makeLink(store: Store): Promise<void> {
  store.set({ link: null, outcome: "" });
  const { status, body } = await asked(store, "/api/auth/links", { role: "viewer", hours: HOURS });
  if (status === 401) return;
  const { token, expiresAt, error } = (body ?? {}) as { token?: string; expiresAt?: string; error?: string };
  if (status === 201 && token !== undefined) {
    // Behind the mark it goes to no server, and stands in no log.
    store.set({ link: { url: `${location.origin}/overlay#t=${token}`, until: Date.parse(expiresAt ?? "") } });
    return;
  }
  const why = status === 0 ? "the server does not answer" : (error ?? `the server answered ${status}`);
  store.set({ outcome: `No link: ${why}.` });
}

export function OverlayLink({ link, does }: { link: Link; does: Does }) {
  return (
    <section class="link" aria-label="Link for the overlay">
      <label>
        Address for your streaming program: it shows the night and changes nothing, until{" "}
        {new Date(link.until).toLocaleString()}
        <input readOnly value={link.url} onFocus={({ currentTarget }) => currentTarget.select()} ref={focusOnce} />
      </label>
      <button type="button" class="quiet" onClick={does.dropLink}>
        Done
      </button>
    </section>
  );
}

/** It is there to be copied. */
function focusOnce(field: HTMLInputElement | null): void {
  field?.focus();
}
