/** Which adapter stands behind which port. */
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import type { ActivityPorts } from '../activities/ports.js';
import { createHttpGate } from '../adapters/http/http-gate.js';
import { createFileEvidence } from '../adapters/jsonl/file-evidence.js';
import { createJsonlLedger } from '../adapters/jsonl/jsonl-ledger.js';
import { createKubernetesPlatform } from '../adapters/kubernetes/platform.js';
import { createPlaygroundPlatform } from '../adapters/playground/platform.js';
import { createTemporalOrchestrator } from '../adapters/temporal/temporal-orchestrator.js';
import { createHmacTickets } from '../adapters/tickets/hmac-ticket.js';
import type { Project } from '../config/project.js';
import type { PlatformSettings } from '../config/project-schema.js';
import type { Settings } from '../config/settings.js';
import { Failure } from '../domain/failures.js';
import type { Platform } from '../ports/platform.js';

/** @throws InvalidInput for a platform that this worker is not told how to reach */
export function connectAdapters(
  settings: Settings,
  project: Project,
  client: Client,
): ActivityPorts {
  const platforms: Record<string, Platform> = {};
  for (const [name, platform] of Object.entries(project.platforms)) {
    switch (platform.kind) {
      case 'playground':
        platforms[name] = connectPlayground(settings, name);
        break;
      case 'kubernetes':
        platforms[name] = connectKubernetes(platform);
        break;
    }
  }
  return {
    platforms,
    gate: createHttpGate(),
    evidence: createFileEvidence({ folder: join(settings.dataDir, 'evidence') }),
    ledger: createJsonlLedger({ file: join(settings.dataDir, 'ledger.jsonl') }),
    orchestrator: createTemporalOrchestrator(client),
    tickets: createHmacTickets({ keyFile: settings.approvalKeyFile, clock: Date.now }),
    now: Date.now,
  };
}

function connectKubernetes(platform: PlatformSettings & { readonly kind: 'kubernetes' }): Platform {
  const { namespace, kubeconfig, context, router } = platform;
  return createKubernetesPlatform({
    ...{ namespace, router },
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(context === undefined ? {} : { context }),
  });
}

function connectPlayground({ playground }: Settings, name: string): Platform {
  const { url, tokenFile } = playground;
  if (url !== null && tokenFile !== null) return createPlaygroundPlatform({ url, tokenFile });
  throw new Failure('InvalidInput', `the worker is not told where the playground "${name}" is`, {
    where: url === null ? 'SLUICE_PLAYGROUND_URL' : 'SLUICE_PLAYGROUND_TOKEN_FILE',
    next: 'start everything together with: sluice up',
  });
}
