// A setting with something in it that nobody sees: the end of a Windows line, a byte-order mark, a blank that came along when it was
// copied. It is refused in words that show it, and never trimmed: a key that lost a character is another key. Knows no setting.

/** Controls, formats (zero-width ones, marks of order and direction), separators of lines, and every blank but the plain one. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|(?! )\p{Zs}|\p{Default_Ignorable_Code_Point}/u;

const NAMES: Readonly<Record<string, string>> = {
  "\r": " (a carriage return, as files with Windows line ends have)",
  "\n": " (a line end)",
  "\t": " (a tab)",
  " ": " (a blank)",
  "\u00a0": " (a no-break space)",
  "\u200b": " (a zero-width space)",
  "\ufeff": " (a byte-order mark)",
};

/**
 * What is wrong with a text that has characters nobody sees, or blanks around it; null: nothing. The text itself is not repeated.
 * @param mayHaveBlanksAround where it is a list, whose items are trimmed
 */
export function unseenIn(text: string, mayHaveBlanksAround: boolean): string | null {
  const chars = [...text];
  const last = chars.length - 1;
  const isAround = (char: string, at: number) => char === " " && (at === 0 || at === last);
  const areBlanksRefused = !mayHaveBlanksAround && text.trim() !== "";
  const found = chars.findIndex((char, at) => UNSEEN.test(char) || (areBlanksRefused && isAround(char, at)));
  const char = chars[found];
  if (char === undefined) return null;
  const code = (char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  const place = found === last ? "at its end" : found === 0 ? "at its beginning" : `as character ${found + 1}`;
  return `must be written without what cannot be seen: it has U+${code}${NAMES[char] ?? ""} ${place}`;
}
