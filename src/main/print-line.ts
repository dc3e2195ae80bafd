/** Characters that a terminal obeys instead of showing: control characters, those that change the direction of text, and line separators. */
const OBEYED = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/**
 * Writes such characters as `\uXXXX`, which is also their form in JSON. A name that a client has stored can then neither begin a new line, nor colour,
 * move or hide what stands beside it.
 */
export function escapeControls(text: string): string {
  return text.replace(OBEYED, (character) => {
    const units = Array.from({ length: character.length }, (_, i) => character.charCodeAt(i));
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
  });
}

/** Prints exactly one line, whatever is in it. All output of the command line goes through here. */
export function printLine(text: string): void {
  console.log(escapeControls(text));
}
