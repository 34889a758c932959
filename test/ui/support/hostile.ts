/** Text that would act if a page took it for more than text. What runs counts in `window.broken`. */

const esc = '\u001b';

/** What a transcript may hold, by what it tries. */
export const tricks = {
  handler: '<img src=x onerror="window.broken = 1">',
  script: '<script>window.broken = 2</script>',
  svg: '<svg onload="window.broken = 3"><animate onbegin="window.broken = 3" attributeName=x dur=1s></svg>',
  cover: '<div style="position:fixed;inset:0;z-index:99">cover</div><style>* { display: none }</style>',
  frame: '<iframe src="https://evil.test/frame" srcdoc="<script>parent.broken = 4</script>"></iframe>',
  base: '<base href="https://evil.test/"><meta http-equiv="refresh" content="0;url=https://evil.test/">',
  links:
    '[a](javascript:window.broken=5) [b](command:workbench.action.quit) [c](vscode://evil/x) [d](data:text/html,<script>1</script>)',
  hiddenLinks:
    '[e](java&#115;cript:window.broken=6) <javascript:window.broken=7> [f](  JaVaScRiPt:window.broken=8) [g](//evil.test/x)',
  pictures: '![pixel](https://evil.test/pixel.png) ![p](data:image/svg+xml,<svg onload="window.broken=9">)',
  fence: '```"><img src=x onerror="window.broken=10">\ncode</pre><img src=x onerror="window.broken=11">\n```',
  code: '`</code><img src=x onerror="window.broken=12">`',
  template: '{{constructor.constructor("window.broken = 14")()}}',
  terminal: `${esc}[2J${esc}[31mred${esc}[0m${esc}]0;title\u0007${esc}]8;;https://evil.test/t\u0007link${esc}]8;;\u0007`,
  bidi: 'safe \u202egnp.exe\u2066 \u200b done, `b\u2066c` &#x202e;d',
  clobber: '<form id=panel><input name=acquireVsCodeApi><a id=state></a></form>',
} as const;

export const hostile = Object.values(tricks).join('\n\n');

/** One line that has no end. */
export const hugeLine = 'x'.repeat(500_000);
