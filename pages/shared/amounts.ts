// Numbers as people read them.

/** A time of some ms: `4 ms`, `1.2 s`, `75 s`, `3 min`, `2 h 5 min`, `3 d 4 h`. */
export function time(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const s = ms / 1_000;
  if (s < 10) return `${s.toFixed(1)} s`;
  if (s < 120) return `${Math.round(s)} s`;
  const min = Math.round(s / 60);
  if (min < 60) return `${min} min`;
  const h = Math.floor(min / 60);
  if (h < 48) return min % 60 === 0 ? `${h} h` : `${h} h ${min % 60} min`;
  return h % 24 === 0 ? `${h / 24} d` : `${Math.floor(h / 24)} d ${h % 24} h`;
}

/** How long ago: what is younger than a second is now. */
export function ago(ms: number): string {
  return ms < 1_000 ? "now" : time(ms);
}

/** `1 person`, `3 people`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

/** How large: `740 B`, `3.1 KiB`, `62 MiB`. */
export function size(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB"];
  let [left, at] = [bytes, 0];
  while (left >= 1_000 && at < units.length - 1) [left, at] = [left / 1_024, at + 1];
  return `${short(left)} ${units[at]}`;
}

/** A number that has room for five characters: `7`, `0.4`, `1,204`, `12.3k`, `4.1M`. */
export function short(n: number): string {
  if (n >= 999_500) return `${(n / 1_000_000).toFixed(n < 9_950_000 ? 1 : 0)}M`;
  if (n >= 9_999.5) return `${(n / 1_000).toFixed(n < 99_950 ? 1 : 0)}k`;
  if (n >= 100 || Number.isInteger(n)) return whole(n);
  return n < 9.95 ? n.toFixed(1) : String(Math.round(n));
}

/** Every digit, by thousands. */
export function whole(n: number): string {
  return String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, ",");
}
