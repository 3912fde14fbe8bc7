// What no client should say, to see what the server says to it.

/** By what stands on its button. */
export const NONSENSE: Readonly<Record<string, () => string>> = {
  null: () => "null",
  "No JSON": () => '{"type":"send","data":',
  "Unknown type": () => '{"type":"sned","data":1}',
  "A key twice": () => '{"type":"send","type":"ping","id":"twice"}',
  "Nested 100 deep": () => `{"type":"send","data":${"[".repeat(100)}${"]".repeat(100)}}`,
  // MAX_FRAME_BYTES is 65,536 unless the host of the server says otherwise.
  "100 KB": () => `{"type":"send","data":"${"x".repeat(100_000)}"}`,
};
