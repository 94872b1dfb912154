/** Writes the messages and stacks of failures as payloads, so that they are encrypted, too; loaded by path, in workflows as well. */
import { DefaultFailureConverter } from '@temporalio/common';

export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
