/** Alertmanager's webhook message, version 4, as far as it is read here, and what is answered to it. */
import { z } from 'zod';

/** Others send more than Alertmanager does: what is not known is passed over. */
const texts = z.record(z.string(), z.string().max(10_000));

const alert = z.object({
  status: z.enum(['firing', 'resolved']),
  labels: texts.meta({ description: '`sluice_service` and `sluice_environment` name its target.' }),
  annotations: texts.default({}),
  startsAt: z.iso.datetime({ offset: true }).meta({ description: 'When it began to fire.' }),
  fingerprint: z
    .string()
    .regex(/^[0-9A-Za-z_-]{1,128}$/, { error: 'the hash of its labels' })
    .meta({ description: 'The same for the same labels.' }),
});

export const alertsBody = z
  .object({
    version: z.literal('4'),
    groupKey: z.string().max(10_000),
    status: z.enum(['firing', 'resolved']),
    truncatedAlerts: z.int().min(0).default(0),
    alerts: z.array(alert).max(500),
  })
  .meta({
    id: 'Alerts',
    description: "Alertmanager's webhook message, version 4; more fields are passed over.",
    example: {
      version: '4',
      groupKey: '{}:{alertname="HighErrorRate"}',
      status: 'firing',
      alerts: [
        {
          status: 'firing',
          labels: {
            alertname: 'HighErrorRate',
            sluice_service: 'checkout',
            sluice_environment: 'production',
          },
          annotations: { summary: '7 % of payments fail' },
          startsAt: '2026-01-01T00:00:00Z',
          fingerprint: 'c3f1a2b4d5e60718',
        },
      ],
    },
  });

const alertAnswer = z
  .object({
    alert: z.string().meta({ description: 'Its name.' }),
    fingerprint: z.string(),
    result: z.enum(['acted', 'nothingToDo', 'resolved', 'notOurs', 'refused']).meta({
      description:
        '`acted`: a rollout took it, now or when it came before. `notOurs`: it names no target.',
    }),
    message: z.string(),
    rolloutId: z.string().nullable(),
  })
  .meta({ id: 'AlertAnswer' });

export const alertsAnswer = z
  .object({ alerts: z.array(alertAnswer).meta({ description: 'In the order they came.' }) })
  .meta({ id: 'AlertsAnswer' });

export type ReceivedAlert = z.output<typeof alert>;
export type AlertAnswer = z.output<typeof alertAnswer>;
