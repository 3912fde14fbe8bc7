// What an origin says about who can follow it, and how people read one.

/** Whether an origin leads to the very machine that follows it. */
export function isLoopback(origin: string): boolean {
  return /\/\/([^/]+\.)?(localhost|127(\.\d+){3}|\[::1\])(:|$)/.test(origin);
}

/** Whether only who is in the same network can reach it. */
export function isPrivate(origin: string): boolean {
  return /\/\/(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|\[f[cde]|[^.]+$|.+\.(local|lan|home|internal)(:|$))/.test(
    origin,
  );
}

/** An origin as people read and type it. */
export function spoken(origin: string): string {
  return origin.replace(/^http:\/\//, "");
}
