// What a setting is: the variable, how its text is read, what it is without one, and what it means. Knows none.
import type { z } from "zod";

export interface Setting<T> {
  /** The environment variable that sets it. */
  readonly env: string;
  /** Reads its text; its error says what the setting takes. */
  readonly schema: z.ZodType<T>;
  /** As one would write it in the environment; "" where there is none. */
  readonly fallback: string;
  /** One line for --help and the manual. */
  readonly meaning: string;
}

export function setting<T>(env: string, schema: z.ZodType<T>, fallback: string, meaning: string): Setting<T> {
  return { env, schema, fallback, meaning };
}
