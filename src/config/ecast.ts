// The settings of who watches Jackbox rooms [E2]: where their directory is, whom a room may send us to, and what we are called there.
import { z } from "zod";
import { items, quote } from "./readers.ts";
import { setting } from "./setting.ts";

/** A host, or all below a name, and the port that counts with it. */
export interface HostRule {
  /** Small letters, as URLs write it; `.example.com`: each name below it. */
  readonly name: string;
  /** null: the one that its scheme has by itself. */
  readonly port: number | null;
}

const NAME = /^\.?[a-z0-9-]+(?:\.[a-z0-9-]+)*$/;

export const ECAST_SETTINGS = {
  ecastUrl: setting(
    "ECAST_URL",
    directoryOrigin(),
    "",
    "the directory of Jackbox rooms, `https://ecast.jackboxgames.com`: games played there can be watched; without it nothing ever connects to them",
  ),
  ecastHosts: setting(
    "ECAST_HOSTS",
    hostRules(),
    "",
    "hosts that a Jackbox room may send this server to, by commas; `.example.com` is each name below it; unless set `.jackboxgames.com` for a directory there, else the host of ECAST_URL alone",
  ),
  ecastName: setting("ECAST_NAME", watcherName(), "Partyline", "what this server is called where it watches"),
} as const;

/** An origin, nothing behind it; "" where there is none. */
function directoryOrigin(): z.ZodType<string> {
  return z.string().transform((text, context) => {
    if (text === "") return "";
    const url = URL.parse(text);
    // A `?` or `#` with nothing behind it is in no part of the URL.
    const isOrigin = url !== null && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`;
    if (isOrigin) return url.origin;
    context.addIssue(`must be an address like https://ecast.jackboxgames.com, without a path, not ${quote(text)}`);
    return z.NEVER;
  });
}

function hostRules(): z.ZodType<readonly HostRule[]> {
  return z.string().transform((text, context) => {
    const rules: HostRule[] = [];
    for (const item of items(text)) {
      const rule = ruleOf(item.toLowerCase());
      if (rule !== null) {
        rules.push(rule);
        continue;
      }
      context.addIssue(`must be hosts like ecast.example.com, .example.com or 127.0.0.1:3000, not ${quote(item)}`);
      return z.NEVER;
    }
    return rules;
  });
}

function ruleOf(item: string): HostRule | null {
  const [, name = "", digits] = /^(.*?)(?::(\d{1,5}))?$/.exec(item) ?? [];
  const port = digits === undefined ? null : Number(digits);
  const isName = NAME.test(name) || /^\[[0-9a-f:.]+\]$/.test(name);
  if (!isName || (port !== null && (port < 1 || port > 65_535))) return null;
  return { name, port };
}

function watcherName(): z.ZodType<string> {
  return z.string().transform((text, context) => {
    if (/^(?=.*[A-Za-z0-9])[A-Za-z0-9 ]{1,12}$/.test(text)) return text;
    context.addIssue(`must be 1 to 12 letters, digits and spaces, not ${quote(text)}`);
    return z.NEVER;
  });
}
