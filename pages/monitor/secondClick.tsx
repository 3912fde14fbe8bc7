// A button that does nothing by itself: it asks for a second click, whose words name what that ends.

interface Props {
  readonly label: string;
  /** What it is called for who does not see where it stands. */
  readonly name?: string;
  readonly isAsked: boolean;
  readonly onAsk: () => void;
  readonly onCancel: () => void;
  /** What may be done then, by what it ends. */
  readonly choices: readonly { readonly ends: string; readonly run: () => void }[];
}

/** A click so soon after the first is the end of a double click. */
const TOO_SOON_MS = 400;

export function SecondClick({ label, name, isAsked, onAsk, onCancel, choices }: Props) {
  const id = name ?? label;
  const cancel = () => {
    cancelled = id;
    onCancel();
  };
  if (!isAsked) {
    return (
      <button
        type="button"
        class="quiet"
        ref={(button) => {
          if (button === null || cancelled !== id) return;
          cancelled = "";
          button.focus();
        }}
        aria-label={name}
        onClick={() => {
          askedAt = performance.now();
          onAsk();
        }}
      >
        {label}
      </button>
    );
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields.
    <div
      class="second"
      role="group"
      aria-label={id}
      onKeyDown={(event) => {
        if (event.key === "Escape") cancel();
        // A key that is held down is one press.
        else if (event.key === "Enter" && event.repeat) event.preventDefault();
      }}
    >
      {choices.map(({ ends, run }, index) => (
        <button
          key={index}
          type="button"
          class="danger"
          ref={index === 0 ? focusOnce : null}
          onClick={() => {
            if (performance.now() - askedAt > TOO_SOON_MS) run();
          }}
        >
          {ends}
        </button>
      ))}
      <button type="button" class="quiet" onClick={cancel}>
        Cancel
      </button>
    </div>
  );
}

/** One question is open at a time. */
let askedAt = 0;
/** Which button the focus goes back to when it is there again. */
let cancelled = "";

/** The focus goes on to what is asked, so that its words are read out and the keyboard goes on there. */
function focusOnce(button: HTMLButtonElement | null): void {
  button?.focus();
}
