// Stands in for VS Code's API where tests run without it: only what the pure parts of src/vscode use.
import { registerHooks } from 'node:module';

const source = `
const fill = (text, ...values) => text.replace(/\\{(\\d+)\\}/g, (_, index) => String(values[index]));
export const l10n = { t: fill };
export const env = { language: 'en' };
`;

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'vscode'
      ? { url: `data:text/javascript,${encodeURIComponent(source)}`, shortCircuit: true }
      : next(specifier, context),
});
