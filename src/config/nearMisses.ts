// A variable that nobody reads because its name is not quite a setting's: MAX_ROOM, TRUST_PROXIES. Told once at the start; what is not
// ours (PATH, HOSTNAME, PORTAGE_…) is left alone, so names of a few letters must be exact.

/** A name of ours shorter than this has too many neighbours that are somebody else's. */
const CHARS_MIN = 6;
/** From this length on two letters may be wrong, else one. */
const CHARS_FOR_TWO = 10;

export interface NearMiss {
  readonly is: string;
  readonly meant: string;
}

/** Variables that are set, are no setting, and nearly are. */
export function nearMisses(names: readonly string[], settings: readonly string[]): NearMiss[] {
  return names.flatMap((is) => {
    if (settings.includes(is)) return [];
    const written = is.toUpperCase().replaceAll("-", "_");
    // PROXY for PROXIES is one mistake and not three letters.
    const forms = [written, written.replace(/Y$/, "IES")];
    const meant = settings
      .filter((name) => name.length >= CHARS_MIN)
      .map((name) => ({ name, off: Math.min(...forms.map((form) => distance(form, name))) }))
      .filter(({ name, off }) => off <= (name.length >= CHARS_FOR_TWO ? 2 : 1))
      .sort((one, other) => one.off - other.off)[0];
    return meant === undefined ? [] : [{ is, meant: meant.name }];
  });
}

/** How many letters must be put in, left out, changed, or swapped with their neighbour. */
function distance(one: string, other: string): number {
  // Names that differ so much in length are told apart without counting.
  if (Math.abs(one.length - other.length) > 2) return 3;
  let before: number[] = [];
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const isSame = one[i - 1] === other[j - 1];
      const isSwapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      const cheapest = Math.min(at(row, j) + 1, at(next, j - 1) + 1, at(row, j - 1) + (isSame ? 0 : 1));
      next.push(isSwapped ? Math.min(cheapest, at(before, j - 2) + 1) : cheapest);
    }
    before = row;
    row = next;
  }
  return at(row, other.length);
}

function at(row: readonly number[], place: number): number {
  return row[place] ?? 0;
}
