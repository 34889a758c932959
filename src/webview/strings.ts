let translations: Readonly<Record<string, string>> = {};
let language: string | undefined;

/** Takes VS Code's bundle, English text to translation. */
export function useStrings(bundle: Readonly<Record<string, string>>): void {
  translations = bundle;
  language = document.documentElement.lang || undefined;
}

/** The text in the person's language; `{0}` and so on stand for the values. */
export function t(text: string, ...values: readonly (string | number)[]): string {
  return (translations[text] ?? text).replace(/\{(\d+)\}/g, (mark, index: string) =>
    String(values[Number(index)] ?? mark),
  );
}

/** A number with the locale's grouping. */
export const formatNumber = (value: number): string => new Intl.NumberFormat(language).format(value);

/** A stretch of time, in ms, as "6.4 s", "14 s" or "4 min 12 s". */
export function formatDuration(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 9.95) {
    const digits = Number.isInteger(Math.round(seconds * 10) / 10) ? 0 : 1;
    return t('{0} s', new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(seconds));
  }
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  return minutes === 0 ? t('{0} s', whole) : t('{0} min {1} s', formatNumber(minutes), whole % 60);
}
