// The forms of the playground, from the schema of the wire: each request with its fields and what they take. What a schema says in a way that
// has no form of its own is JSON to be typed.
import type { Field, Form, Takes } from "../pages/playground/form.ts";

/** As much of a JSON schema as zod writes for a field. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
}

/** What zod writes for an integer without a bound. */
const NO_BOUND = Number.MAX_SAFE_INTEGER;

/** @param schema docs/party.schema.json */
export function formsOf(schema: { readonly $defs: { readonly requests: Readonly<Record<string, Schema>> } }): Form[] {
  return Object.entries(schema.$defs.requests).map(
    ([type, { description: about = "", properties = {}, required = [] }]) => ({
      type,
      about,
      fields: Object.entries(properties)
        .filter(([name]) => name !== "type")
        .map(([name, field]) => fieldOf(name, field, required.includes(name)))
        // What a request needs stands first.
        .sort((one, other) => Number(other.isNeeded) - Number(one.isNeeded)),
    }),
  );
}

function fieldOf(name: string, schema: Schema, isNeeded: boolean): Field {
  const kinds = alternatives(schema);
  const { options, ...rest } = takesOf(kinds);
  const own = kinds.length === 1 ? kinds[0] : kinds.find(({ minimum }) => minimum !== undefined);
  const { minimum, maximum = NO_BOUND, maxLength } = own ?? {};
  return {
    ...{ name, isNeeded, about: schema.description ?? "", ...rest },
    ...(options !== undefined && { options }),
    ...(minimum !== undefined && minimum > -NO_BOUND && { min: minimum }),
    ...(maximum < NO_BOUND && { max: maximum }),
    ...(maxLength !== undefined && { maxLength }),
  };
}

/** What it may be, without what stands for nothing: null, and the empty text [P6]. */
function alternatives(schema: Schema): Schema[] {
  const nested = schema.anyOf ?? schema.oneOf;
  if (nested !== undefined) return nested.flatMap(alternatives);
  if (schema.const === "" || schema.type === "null") return [];
  if (Array.isArray(schema.type)) return schema.type.flatMap((type: string) => alternatives({ ...schema, type }));
  return [schema];
}

function takesOf(kinds: readonly Schema[]): { takes: Takes; options?: readonly string[] } {
  const options = kinds.flatMap((kind) => optionsOf(kind) ?? []);
  if (kinds.length > 0 && kinds.every((kind) => optionsOf(kind) !== null)) return { takes: "choice", options };
  const types = new Set(kinds.map(({ type }) => (type === "integer" ? "number" : type)));
  const has = (...names: string[]) => types.size === names.length && names.every((name) => types.has(name));
  if (has("string")) return { takes: "text" };
  if (has("number")) return { takes: "number" };
  if (has("string", "number")) return { takes: "mixed" };
  if (has("string", "array")) return { takes: "list" };
  return { takes: "json" };
}

/** null: it is not one of a few. */
function optionsOf({ type, enum: values, const: value }: Schema): string[] | null {
  if (type === "boolean") return ["true", "false"];
  if (value !== undefined) return [JSON.stringify(value)];
  return values?.filter((one) => one !== "").map((one) => JSON.stringify(one)) ?? null;
}
