/** The small written forms that configuration and HTTP bodies share: durations, shares and names. */
import { z } from 'zod';
import { namePattern } from './names.js';
import { readDuration } from './time.js';

const durationPattern =
  /^(?:(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+|P(?=\d|T\d)(?:\d+D)?(?:T(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?)$/;

/** Longer is a slip of the pen, and beyond what timers can count. */
const longestMs = 3650 * 86_400_000;

/** `500ms`, `10m`, `1h30m`, `PT10M`; milliseconds when read. */
export const durationText = z
  .string({ error: 'a duration such as 30s, 10m, 1h30m or PT10M' })
  .regex(durationPattern, { error: 'a duration such as 30s, 10m, 1h30m or PT10M' })
  .transform((text) => readDuration(text) ?? 0)
  .refine((ms) => ms <= longestMs, { error: 'a duration of ten years at most' })
  .meta({ examples: ['30s', '10m', 'PT10M'] });

/** `5%`, `0.5%`; 0–1 when read. */
export const shareText = z
  .string({ error: 'a share such as 5% or 0.5%' })
  .regex(/^(?:100(?:\.0+)?|\d{1,2}(?:\.\d+)?)%$/, { error: 'a share from 0% to 100% such as 5%' })
  .transform((text) => Number(text.slice(0, -1)) / 100)
  .meta({ examples: ['5%', '0.5%'] });

export const nameText = z
  .string({ error: 'a name' })
  .regex(namePattern, { error: 'a name of a–z, 0–9 and inner hyphens, at most 63 characters' });

/** Share of traffic, integer percent. */
export const weightNumber = z.int({ error: 'an integer from 0 to 100' }).min(0).max(100);

export const urlText = z.url({ protocol: /^https?$/, error: 'an http(s) URL' });
