import type { ComponentChildren } from "preact";

/** What scrolls within its panel, and can be reached by keys for that. @param by the id of the heading that names it */
export function Scroll({ by, children }: { by: string; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys too.
    <section class="scroll" tabIndex={0} aria-labelledby={by}>
      {children}
    </section>
  );
}
