/** `repository.stale.items` as people write it: when issues and pull requests are marked as stale, and when closed. */
import { z } from 'zod';
import { durationText } from '../schema-parts.js';

const labelText = z.string().trim().min(1).max(50);
const labels = z.array(labelText).max(100);
const names = z.array(z.string().trim().min(1).max(200)).max(100);
const lasting = z.union([z.literal('never').transform(() => null), durationText], {
  error: 'a duration such as 60d, or never',
});
const message = z
  .union([z.literal('none').transform(() => null), z.string().trim().min(1).max(60_000)])
  .describe('Markdown; `none`: nothing is said. Left out: a text that names the times.');

/** Every rule that may differ between issues and pull requests; left out there: as written above it. */
const rules = {
  after: lasting.describe('Without activity for so long: marked.'),
  closeAfter: lasting.describe('Still without activity for so long after the mark: closed.'),
  label: labelText.describe('The mark.'),
  closeLabel: labelText.nullable().describe('Added when it is closed.'),
  message,
  closeMessage: message,
  removeWhenUpdated: z
    .boolean()
    .describe('Activity takes the mark away; false: it delays the end.'),
  ignoreUpdates: z.boolean().describe('Age counts from creation, not from the last change.'),
  exempt: z.strictObject({
    labels: labels.default([]).describe('Any of them.'),
    milestones: z
      .union([z.literal('all'), names])
      .default([])
      .describe('By title; or all.'),
    assignees: z
      .union([z.literal('all'), names])
      .default([])
      .describe('By login; or all.'),
    drafts: z.boolean().default(false).describe('Draft pull requests.'),
  }),
  only: z.strictObject({
    labels: labels.default([]).describe('With all of them.'),
    anyLabels: labels.default([]).describe('With at least one of them.'),
    types: names.default([]).describe('Issues of these types; pull requests have none.'),
    assigned: z.boolean().default(false).describe('With somebody assigned.'),
  }),
  relabel: z
    .strictObject({
      removeWhenMarked: labels.default([]),
      removeWhenUnmarked: labels.default([]),
      addWhenUnmarked: labels.default([]),
    })
    .describe('Other labels that change together with the mark.'),
};

const optionalRules = z.strictObject(rules).partial();

export const staleItemsSchema = z
  .strictObject({
    after: rules.after.prefault('60d'),
    closeAfter: rules.closeAfter.prefault('7d'),
    label: rules.label.default('Stale'),
    closeLabel: rules.closeLabel.default(null),
    message: rules.message.optional(),
    closeMessage: rules.closeMessage.optional(),
    removeWhenUpdated: rules.removeWhenUpdated.default(true),
    ignoreUpdates: rules.ignoreUpdates.default(false),
    exempt: rules.exempt.prefault({}),
    only: rules.only.prefault({}),
    relabel: rules.relabel.prefault({}),
    issues: optionalRules.prefault({}).describe('What is different for issues.'),
    pulls: optionalRules.prefault({}).describe('What is different for pull requests.'),
    closeReason: z
      .enum(['not_planned', 'completed'])
      .default('not_planned')
      .describe('Of issues; pull requests have none.'),
    startDate: z
      .union([z.iso.date(), z.iso.datetime({ offset: true })], {
        error: 'a date such as 2025-01-31',
      })
      .transform((text) => Date.parse(text))
      .optional()
      .describe('What was created before it is left alone.'),
    deleteBranch: z
      .boolean()
      .default(false)
      .describe('The branch of a closed pull request, where it is ours and nothing else needs it.'),
    writesPerHour: z
      .int()
      .min(10)
      .max(500)
      .default(450)
      .describe('GitHub takes 500 that create content, from all of us; the rest is for people.'),
  })
  .describe('Stale issues and pull requests: docs/stale-items.md.');

export type StaleItemsSettings = z.output<typeof staleItemsSchema>;
