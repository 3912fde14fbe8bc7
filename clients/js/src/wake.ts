// When a page sleeps and wakes. Where there is no page (Bun, Node) it never sleeps, but its machine may: the line notices that by its clock.

/** What a browser has, and others have not. */
export const page = globalThis as {
  readonly document?: { readonly visibilityState: string };
  readonly location?: { readonly href: string };
  addEventListener?(type: string, hear: () => void, options: object): void;
};

/** Whether nobody looks at the page; never where there is none. */
export function isHidden(): boolean {
  return page.document?.visibilityState === "hidden";
}

/**
 * Tells when the page wakes (it is looked at, shown again, resumed, or has a network again) and when it goes to sleep.
 * @returns how to stop
 */
export function watchWake(wakes: () => void, sleeps: () => void): () => void {
  const stop = new AbortController();
  // What is told to the document comes by here on its way.
  const options = { capture: true, signal: stop.signal };
  const looked = () => (isHidden() ? sleeps() : wakes());
  for (const type of ["visibilitychange", "resume", "pageshow", "online"])
    page.addEventListener?.(type, looked, options);
  page.addEventListener?.("pagehide", sleeps, options);
  return () => stop.abort();
}
