// What is left of a round, in seconds: on each screen by the server's clock, so all of them show another number at the same moment.
import type { Room } from "../../clients/js/src/index.ts";

/** Shows it in an element, which is empty while no timer goes. */
export function showCountdown(room: Room, place: Element): void {
  let next: ReturnType<typeof setTimeout> | undefined;
  const draw = () => {
    clearTimeout(next);
    // Of a round before this one the end may be on its way.
    const timer = [...room.timers.values()].at(-1);
    const leftMs = timer?.leftMs ?? 0;
    place.textContent = leftMs ? `${Math.ceil(leftMs / 1_000)}` : "";
    // The next number is due at the next whole second, and not a second from now.
    if (leftMs && !timer?.isPaused) next = setTimeout(draw, leftMs % 1_000 || 1_000);
  };
  for (const event of ["timer", "timerDone", "latency"] as const) room.on(event, draw);
  room.on("over", () => clearTimeout(next));
  draw();
}
