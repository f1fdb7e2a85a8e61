/**
 * Writes control characters, line ends, marks of writing direction and broken surrogates as the escapes of JSON, so that
 * a text stays one line and a terminal takes no orders from it. A text in JSON keeps its meaning.
 */
export function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}
