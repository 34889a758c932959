/** VS Code's `l10n.t`, handed in so that what uses it can be tested without VS Code. */
export type Translate = (text: string, ...values: (string | number)[]) => string;
