// One member's line, in a Worker of its own: it can be blocked or ended while the page lives, as a phone's page is. It knows no frame.
export {};

/** How often what came is told to the page, in ms: a loud room would else keep the page from drawing. */
const TELL_MS = 40;
/** Of one telling: more frames than these are counted only. */
const FRAMES_MAX = 400;
/** Of one frame: the rest is not shown. */
const CHARS_MAX = 16_384;
/** A slow reader reads so long in each second. */
const READS_MS = 100;
const BEAT_MS = 1_000;

type Said = [at: number, direction: "in" | "out", text: string, bytes: number];

const bytes = new TextEncoder();
let socket: WebSocket | null = null;
let told: Said[] = [];
let untold = 0;
let telling: ReturnType<typeof setTimeout> | undefined;
let slow: ReturnType<typeof setInterval> | undefined;

function note(direction: "in" | "out", text: string): void {
  if (told.length < FRAMES_MAX) told.push([Date.now(), direction, text.slice(0, CHARS_MAX), bytes.encode(text).length]);
  else untold++;
  telling ??= setTimeout(tell, TELL_MS);
}

function tell(): void {
  clearTimeout(telling);
  telling = undefined;
  if (told.length > 0) postMessage({ is: "frames", frames: told, untold });
  told = [];
  untold = 0;
}

/** Nothing is read and nothing is answered: no timer could do that. */
function block(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until; );
}

addEventListener("message", ({ data }: MessageEvent) => {
  const { does } = data;
  if (does === "open") {
    socket = new WebSocket(data.url);
    socket.onopen = () => postMessage({ is: "open" });
    socket.onmessage = (event) => note("in", String(event.data));
    socket.onclose = ({ code, reason }) => {
      clearInterval(slow);
      tell();
      postMessage({ is: "closed", at: Date.now(), code, reason });
    };
  } else if (does === "say") {
    if (socket?.readyState !== WebSocket.OPEN) return;
    socket.send(data.text);
    note("out", data.text);
  } else if (does === "close") socket?.close(1000);
  else if (does === "sleep") {
    block(data.ms);
    postMessage({ is: "awake" });
  } else if (does === "slow") {
    clearInterval(slow);
    if (data.on) slow = setInterval(() => block(BEAT_MS - READS_MS), BEAT_MS);
  }
});
