// What a client takes, as its headers say: `Accept` and `Accept-Encoding` are lists of names with a weight each.

/**
 * Whether the first of these names that a list holds is taken, and not with `q=0`.
 * @param list the header's value; null: there is none
 * @param names lower case, the most telling first
 */
export function accepts(list: string | null, ...names: readonly string[]): boolean {
  const items = (list ?? "").toLowerCase().split(",");
  const named = (name: string) => items.find((item) => item.split(";")[0]?.trim() === name);
  const item = names.map(named).find((found) => found !== undefined);
  return item !== undefined && !/;\s*q=0(?:\.0*)?\s*(?:;|$)/.test(item);
}
