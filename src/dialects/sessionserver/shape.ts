// What two values of the same format have in common: the names of their leaves, in their order [V9].
import type { Shaped } from "../../vocabulary.ts";

/** A value as text, and its shape. The value is no deeper than a frame may be: it is walked by recursion. */
export function shaped(value: unknown): Shaped {
  const names: string[] = [];
  walk(value, names);
  return { body: JSON.stringify(value), shape: JSON.stringify(names) };
}

function walk(value: unknown, names: string[]): void {
  if (!isObject(value)) return;
  for (const [name, member] of Object.entries(value)) {
    if (isObject(member)) walk(member, names);
    else names.push(name);
  }
}

/** Lists and null are leaves. */
function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
