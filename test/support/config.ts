// What a start says of its settings.
import { ConfigError, readConfig } from "../../src/config.ts";

/** What readConfig says of this environment, or null where it takes it. */
export function configProblem(env: Record<string, string>): string | null {
  try {
    readConfig(env);
    return null;
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}
