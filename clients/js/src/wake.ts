// When a page sleeps and wakes. Where there is no page (Bun, Node) it never sleeps, but its machine may: the line notices that by its clock.

/** Whether nobody looks at the page; never where there is none. */
export function isHidden(): boolean {
  return typeof document !== "undefined" && document.visibilityState === "hidden";
}

/**
 * Tells when the page wakes (it is looked at, shown again, resumed, or has a network again) and when it goes to sleep.
 * @returns how to stop
 */
export function watchWake(wakes: () => void, sleeps: () => void): () => void {
  if (typeof document === "undefined") return () => {};
  const looked = () => (isHidden() ? sleeps() : wakes());
  const heard: [EventTarget, string, () => void][] = [
    [document, "visibilitychange", looked],
    [document, "resume", wakes],
    [window, "pageshow", wakes],
    [window, "online", wakes],
    [window, "pagehide", sleeps],
  ];
  for (const [target, type, hear] of heard) target.addEventListener(type, hear);
  return () => {
    for (const [target, type, hear] of heard) target.removeEventListener(type, hear);
  };
}
