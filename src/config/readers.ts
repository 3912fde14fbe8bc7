// How the text of a setting is read: a schema a kind, whose error says what the setting takes [L15]. Knows no setting.
import { BlockList } from "node:net";
import { z } from "zod";
import { isWeak } from "../auth/keys.ts";
import { addNetwork, type Trust } from "../limits/address.ts";
import type { Reachable } from "../limits/reach.ts";
import { type Origins, originsOf } from "./origins.ts";

/** One of these words. */
export function oneOf<const Words extends readonly string[]>(words: Words) {
  return z.enum(words, { error: `must be one of ${words.join(", ")}` });
}

/** A whole number, both ends included. */
export function wholeNumber(min: number, max: number): z.ZodType<number> {
  return z.string().transform((text, context) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    context.addIssue(`must be a whole number from ${min} to ${max}, not ${quote(text)}`);
    return z.NEVER;
  });
}

/** A name that may stand in a URL as it is. */
export function word(): z.ZodType<string> {
  return z.string().transform((text, context) => {
    if (/^[A-Za-z0-9._-]{0,64}$/.test(text)) return text;
    context.addIssue(`must be at most 64 of A-Z, a-z, 0-9, dot, dash and underscore, not ${quote(text)}`);
    return z.NEVER;
  });
}

/** None, or one that nobody guesses. The error never repeats it, since errors go to a terminal and a log. */
export function secret(charsMin: number, distinctMin: number): z.ZodType<string> {
  return z.string().transform((text, context) => {
    if (text === "" || (text.length >= charsMin && !isWeak(text, distinctMin))) return text;
    context.addIssue(
      text.length < charsMin
        ? `must have ${charsMin} characters or more`
        : "is too easy to guess: take one at random, like `openssl rand -base64 32` makes",
    );
    return z.NEVER;
  });
}

/** Open to all, for a token, or on that port. */
export function metricsPlace(): z.ZodType<"open" | "token" | number> {
  return z.string().transform((text, context) => {
    if (text === "open" || text === "token") return text;
    const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
    if (port > 0 && port <= 65_535) return port;
    context.addIssue(`must be open, token or a port from 1 to 65535, not ${quote(text)}`);
    return z.NEVER;
  });
}

/** `on` or `off`. */
export function onOff(): z.ZodType<boolean> {
  return z.string().transform((text, context) => {
    if (text === "on" || text === "off") return text === "on";
    context.addIssue(`must be on or off, not ${quote(text)}`);
    return z.NEVER;
  });
}

/** `*`, or a list of origins [L14]. */
export function origins(): z.ZodType<Origins | "*"> {
  return z.string().transform((text, context) => {
    if (text.trim() === "*") return "*";
    const list = items(text);
    const read = originsOf(list);
    if (typeof read !== "string" && list.length > 0) return read;
    const bad = typeof read === "string" ? read : text;
    context.addIssue(
      `must be * or origins like https://game.example or https://*.game.example by commas, not ${quote(bad)}`,
    );
    return z.NEVER;
  });
}

/** Hosts that are another machine for each who asks, or none, as URLs write them. */
const NOBODYS_HOST = /^(?:(?:.+\.)?localhost\.?|127(?:\.\d+){3}|\[::1\]|\[::\]|0\.0\.0\.0)$/;

/** An origin, as browsers write it; "" where there is none [H24]. */
export function publicOrigin(): z.ZodType<string> {
  return z.string().transform((text, context) => {
    const url = text === "" ? null : URL.parse(text);
    if (text === "") return "";
    const isOrigin = url !== null && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`;
    if (isOrigin && !NOBODYS_HOST.test(url.hostname)) return url.origin;
    context.addIssue(
      isOrigin
        ? `must be an address that phones reach: ${quote(url.host)} leads each of them to itself`
        : `must be an address like https://party.example, without a path, not ${quote(text)}`,
    );
    return z.NEVER;
  });
}

/** Where a Redis is; "" where there is none. The error never repeats it, since a password stands in it [N12]. */
export function engineUrl(): z.ZodType<string> {
  return z.string().transform((text, context) => {
    const url = text === "" ? null : URL.parse(text);
    if (text === "" || (url !== null && /^rediss?:$/.test(url.protocol) && url.hostname !== "")) return text;
    context.addIssue("must be an address like redis://10.0.0.5:6379, or rediss:// for TLS");
    return z.NEVER;
  });
}

/** Who may say whose request it is: nobody, a number of hops, or networks [L13]. */
export function trust(): z.ZodType<Trust> {
  return z.string().transform((set, context): Trust => {
    const text = set.trim();
    if (text === "") return { by: "nobody" };
    if (/^\d{1,2}$/.test(text)) return text === "0" ? { by: "nobody" } : { by: "hops", hops: Number(text) };
    const networks = new BlockList();
    const bad = items(text).find((item) => !addNetwork(networks, item));
    if (bad === undefined) return { by: "networks", networks };
    context.addIssue(`must be a number of hops or networks like 10.0.0.0/8 by commas, not ${quote(bad)}`);
    return z.NEVER;
  });
}

/** Hosts and networks by commas that the server calls though they are not public [W10]. */
export function reachable(): z.ZodType<Reachable> {
  return z.string().transform((text, context): Reachable => {
    const networks = new BlockList();
    const names = items(text).filter((item) => !addNetwork(networks, item));
    const bad = names.find((name) => !/^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/i.test(name) || /^[\d.]+$/.test(name));
    if (bad === undefined) return { names: new Set(names.map((name) => name.toLowerCase())), networks };
    context.addIssue(`must be hosts like hooks.lan or networks like 192.168.1.0/24 by commas, not ${quote(bad)}`);
    return z.NEVER;
  });
}

/** What stands between commas. */
export function items(text: string): string[] {
  return text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

/** What was set, on one line and not too long: it goes to a terminal and a log. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
