// The fields that parts of a layout share.
import { z } from "zod";

export const json = z.string().refine(isJson, { error: "is no JSON value" });
export const count = z.int().min(0);
export const clientId = z.string().min(1);

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
