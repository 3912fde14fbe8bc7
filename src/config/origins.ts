// Which pages may connect: a list of origins, each exact or with a * for what stands before a domain. An origin is compared as browsers
// write it, whole; nothing is a prefix of anything.

export interface Origins {
  has(origin: string): boolean;
}

/** A * is the first label and stands for one or more; at least two must follow it, or it would be half of the internet. */
const WILDCARD = /^(https?:\/\/)\*((?:\.[a-z0-9-]+){2,}(?::\d{1,5})?)$/;
const LABELS = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/;

/** The origins of a list; or the item that is none. */
export function originsOf(items: readonly string[]): Origins | string {
  const exact = new Set<string>();
  const wild: { readonly scheme: string; readonly domain: string }[] = [];
  for (const item of items) {
    const [, scheme, domain] = WILDCARD.exec(item) ?? [];
    // Parsed with a label in the place of the *, so that a port of its scheme's own or a host that browsers write otherwise is found.
    if (!isOrigin(item.replace("://*.", "://a."))) return item;
    if (scheme !== undefined && domain !== undefined) wild.push({ scheme, domain });
    else if (item.includes("*")) return item;
    else exact.add(item);
  }
  return {
    has: (origin) =>
      exact.has(origin) ||
      wild.some(
        ({ scheme, domain }) =>
          origin.startsWith(scheme) &&
          origin.endsWith(domain) &&
          LABELS.test(origin.slice(scheme.length, origin.length - domain.length)),
      ),
  };
}

function isOrigin(text: string): boolean {
  return URL.parse(text)?.origin === text;
}
