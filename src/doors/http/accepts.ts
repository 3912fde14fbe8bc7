// What a client takes, as its headers say: `Accept` and `Accept-Encoding` are lists of names with a weight each.

/**
 * The weight of the first of these names that a list holds: 0 to 1, and 0 where it holds none of them.
 * @param list the header's value; null: there is none
 * @param names lower case, the most telling first
 */
export function weightOf(list: string | null, ...names: readonly string[]): number {
  const items = (list ?? "").toLowerCase().split(",");
  const named = (name: string) => items.find((item) => item.split(";")[0]?.trim() === name);
  const item = names.map(named).find((found) => found !== undefined);
  if (item === undefined) return 0;
  // What is no weight is as good as none said.
  const said = /;\s*q=(0(?:\.\d*)?|1(?:\.0*)?)\s*(?:;|$)/.exec(item)?.[1];
  return said === undefined ? 1 : Number(said);
}

/** Whether who asks wants a page for a person: it names HTML, and a plain text no more than that. Programs say any type or nothing [H18]. */
export function wantsPage({ headers }: Request): boolean {
  const list = headers.get("accept");
  const weight = weightOf(list, "text/html");
  return weight > 0 && weight >= weightOf(list, "text/plain");
}
