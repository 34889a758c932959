import * as vscode from 'vscode';
import { type ErrorCode, errorText, SessionForksError } from '../../core/errors.ts';
import type { Services } from '../services.ts';
import { t } from '../words.ts';
import { runCommand } from './commandTypes.ts';

interface Remedy {
  readonly label: string;
  run(services: Services): Thenable<unknown>;
}

/** Shows what went wrong, once, with what to do. Resolves when the person is done with the message. */
export async function showError(services: Services, error: unknown): Promise<void> {
  const code = error instanceof SessionForksError ? error.code : undefined;
  if (code === 'cancelled') {
    return;
  }
  services.log.error(error instanceof Error ? error : errorText(error));
  const text = code ? errorText(error) : t('Session Forks cannot do this: {0}', errorText(error));
  const remedy = remedyOf(code);
  const show = isMild(code) ? vscode.window.showWarningMessage : vscode.window.showErrorMessage;
  if (remedy && (await show(text, remedy.label)) === remedy.label) {
    await remedy.run(services);
  } else if (!remedy) {
    await show(text);
  }
}

const isMild = (code: ErrorCode | undefined): boolean =>
  code === 'busy' || code === 'nothing_to_fork' || code === 'no_source';

function remedyOf(code: ErrorCode | undefined): Remedy | undefined {
  switch (code) {
    case 'no_source':
    case 'nothing_to_fork':
    case 'busy':
    case 'other_project':
    case 'not_supported':
      return undefined;
    case 'no_such_session':
    case 'fork_point_invalid':
      return { label: t('Reload'), run: () => runCommand('sessionForks.refresh') };
    case 'agent_missing':
    case 'sign_in_needed':
      return {
        label: t('Set Path…'),
        run: () => runCommand('sessionForks.openSetting', 'sessionForks.commands'),
      };
    default:
      return { label: t('Show Log'), run: () => runCommand('sessionForks.showLog') };
  }
}
