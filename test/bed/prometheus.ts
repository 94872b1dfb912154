/** The bed's Prometheus: scrapes the gateway every second, and answers queries as any other does. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Programs } from './control-plane.js';
import { createDaemon, type Daemon } from './daemon.js';

const address = '127.0.0.1:9090';

/** Where queries go: `<url>/api/v1/query`. */
export const prometheusUrl = `http://${address}`;

/** Tests name further targets in such files; what those say of themselves is believed. */
export const targetsFolder = 'targets';

const config = `global:
  scrape_interval: 1s
  scrape_timeout: 1s
scrape_configs:
  - job_name: gateway
    static_configs:
      - targets: ['127.0.0.1:8001']
  - job_name: tests
    honor_labels: true
    file_sd_configs:
      - files: ['${targetsFolder}/*.json']
`;

export async function startPrometheus(programs: Programs, folder: string): Promise<Daemon> {
  const file = join(folder, 'prometheus.yml');
  mkdirSync(join(folder, targetsFolder), { recursive: true });
  writeFileSync(file, config);
  const daemon = createDaemon({
    name: 'prometheus',
    program: programs['prometheus'] ?? 'prometheus',
    folder,
    withinMs: 30_000,
    args: [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(folder, 'prometheus')}`,
      `--web.listen-address=${address}`,
    ],
    isReady: async () => (await fetch(`${prometheusUrl}/-/ready`)).ok,
  });
  await daemon.start();
  return daemon;
}
