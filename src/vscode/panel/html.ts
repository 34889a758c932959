import { randomBytes } from 'node:crypto';

/** The page's style sheets, in this order: each may refine those before it. */
export const styleFiles = [
  'codicon',
  'panel',
  'log',
  'reply',
  'rows',
  'ansi',
  'verb',
  'find',
  'footer',
  'composer',
  'side',
  'floating',
  'adapt',
];

/** The parts of the page's document that VS Code decides. Addresses are webview URIs as text. */
export interface PageParts {
  readonly cspSource: string;
  readonly script: string;
  readonly styles: readonly string[];
  readonly title: string;
  readonly language: string;
}

/** The page's document. Everything is forbidden but its own scripts, styles, fonts and pictures that are data. */
export function pageHtml(parts: PageParts, nonce = randomBytes(16).toString('base64')): string {
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${parts.cspSource}`,
    `font-src ${parts.cspSource}`,
    `img-src ${parts.cspSource} data:`,
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types lit-html dompurify',
  ].join('; ');
  const links = parts.styles.map((style) => `<link rel="stylesheet" href="${escapeHtml(style)}">`).join('\n');
  return `<!DOCTYPE html>
<html lang="${escapeHtml(parts.language)}" dir="${directionOf(parts.language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(parts.title)}</title>
${links}
</head>
<body>
<div id="panel"></div>
<script type="module" nonce="${nonce}" src="${escapeHtml(parts.script)}"></script>
</body>
</html>`;
}

/** Languages that are written from right to left, by their ISO 639 codes. */
const rightToLeft = /^(?:ar|ckb|dv|fa|he|ps|sd|ug|ur|yi)(?:-|$)/i;

const directionOf = (language: string): 'ltr' | 'rtl' => (rightToLeft.test(language) ? 'rtl' : 'ltr');

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (mark) => entities[mark] ?? mark);
