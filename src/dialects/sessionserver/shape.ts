// What two values of the same format have in common: the names of their leaves, in their order [V9].
import { isObject } from "../json.ts";

/** The shape of a value that is no deeper than a frame may be: it is walked by recursion. */
export function shapeOf(value: unknown): string {
  const names: string[] = [];
  // Where the whole value is a list or a text, its positions are the names.
  walk(Object(value), names);
  return JSON.stringify(names);
}

function walk(value: object, names: string[]): void {
  for (const [name, member] of Object.entries(value)) {
    // Lists and null are leaves.
    if (isObject(member)) walk(member, names);
    else names.push(name);
  }
}
