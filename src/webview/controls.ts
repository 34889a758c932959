/** Characters that turn the order of others round, or that are not seen: code may say another thing than it shows. */
const hidden = /[\p{Cc}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/gu;

/** In prose the marks of right-to-left writing have their place; these turn letters round whatever they are. */
const forced = /[\p{Cc}\u202d\u202e]/gu;

/** Code or a path with its hidden characters shown by their numbers, such as `[U+202E]`; line breaks and tabs stay. */
export const showControls = (text: string): string => text.replace(hidden, shown);

/** Prose with those characters shown that no writing needs. */
export const showForced = (text: string): string => text.replace(forced, shown);

function shown(mark: string): string {
  const number = (mark.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return /[\n\r\t]/.test(mark) ? mark : `[U+${number}]`;
}
