/** `sluice why`: explain a release or rollout, keep the samples of its verdict, recompute a verdict without a server. */
import { Command } from 'commander';
import type { Why } from '../../api/schemas/why.js';
import { replayRecord } from '../../domain/analysis/replay.js';
import { Failure } from '../../domain/failures.js';
import type { CliIo } from '../output.js';
import { readRecordFile, writeRecordFile } from '../record-file.js';
import { parseReference } from '../references.js';
import { renderReplay } from '../render/replay.js';
import { renderWhy } from '../render/why.js';
import { openSession, type Session } from '../session.js';
import { newestRollout } from './get.js';

interface WhyFlags {
  readonly replay?: string;
  readonly save?: string;
}

export function whyCommand(io: CliIo): Command {
  return new Command('why')
    .description('explain a release or rollout: numbers, limits, record, next commands')
    .argument('[reference]', 'checkout@1.1.0, checkout/production or checkout/production#3')
    .option('--save <file>', "write the verdict's evidence record there, where no file is yet")
    .option('--replay <file>', 'recompute the verdict of an evidence record; needs no server')
    .action(async (text: string | undefined, flags: WhyFlags, command: Command) => {
      const session = openSession(io, command);
      if (flags.replay !== undefined) {
        if (text !== undefined || flags.save !== undefined) throw notBoth();
        return await replay(session, flags.replay);
      }
      if (text === undefined) throw nothingNamed();
      const why = await ask(session, text, flags.save !== undefined);
      if (flags.save === undefined) {
        return session.answers.answer(why, renderWhy(why, session.paint));
      }
      await save(session, why, flags.save);
    });
}

async function ask(session: Session, text: string, allSamples: boolean): Promise<Why> {
  const reference = parseReference(text);
  const client = await session.client();
  if (reference.kind === 'release') return client.whyRelease(reference.release, allSamples);
  const isRollout = reference.kind === 'rollout';
  const rollout = isRollout ? reference.rollout : await newestRollout(client, reference.target);
  return client.whyRollout(rollout, allSamples);
}

async function save({ answers }: Session, why: Why, file: string): Promise<void> {
  const { samples, subject } = why;
  if (samples === null || samples.value == null) {
    throw new Failure('NotFound', `${subject} has no samples to save`, {
      where: samples?.reference ?? subject,
      ...(samples?.note == null ? {} : { seen: samples.note }),
      next: `sluice why ${subject.replace(/^\w+:/, '')}  # once it has a verdict`,
    });
  }
  await writeRecordFile(file, samples.value, samples.reference);
  answers.answer({ file, reference: samples.reference }, [
    `saved ${samples.reference}`,
    `next: sluice why --replay ${file}`,
  ]);
}

async function replay({ answers, paint, exit }: Session, file: string): Promise<void> {
  const { record, reference } = await readRecordFile(file);
  const replayed = replayRecord(record);
  const { subject, candidate, observations } = record;
  const about = { file, reference, subject, candidate, looks: observations.length };
  answers.answer({ ...about, ...replayed }, renderReplay(about, replayed, paint));
  exit(replayed.equal ? 'ok' : 'failed');
}

function notBoth(): Failure {
  return new Failure('InvalidInput', '--replay takes a file and nothing else', {
    where: '--replay',
    next: 'sluice why --replay <file>',
  });
}

function nothingNamed(): Failure {
  return new Failure('InvalidInput', 'name what is to be explained', {
    where: 'reference',
    next: 'sluice why checkout@1.1.0, or without a server: sluice why --replay <file>',
  });
}
