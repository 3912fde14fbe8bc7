/** A light for how something stands, with the word that says the same. */
export function Mark({ tone, word = "" }: { tone: string; word?: string }) {
  return (
    <span class={`mark ${tone}`}>
      <span class={`dot ${tone}`} aria-hidden="true" />
      {word}
    </span>
  );
}
