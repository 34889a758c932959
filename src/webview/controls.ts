/** Characters that turn the order of others round, or that are not seen: code may say another thing than it shows. */
const hidden = /[\p{Cc}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/gu;

/** Code or a path with its hidden characters shown by their numbers, such as `[U+202E]`; line breaks and tabs stay. */
export const showControls = (text: string): string =>
  text.replace(hidden, (mark) =>
    mark === '\n' || mark === '\t'
      ? mark
      : `[U+${(mark.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`,
  );
