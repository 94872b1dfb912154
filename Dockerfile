# syntax=docker/dockerfile:1
# One image for the API, the worker, the playground and the command line: what runs is the argument (docs/install.md).
# Debian, because the native part of Temporal's SDK is built for glibc alone.
ARG NODE_IMAGE=node:24.21.0-trixie-slim

# The package as npm would publish it: compiled, with its workflows bundled once for all.
FROM ${NODE_IMAGE} AS package
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm pack \
  && mkdir /package \
  && tar -xzf sluice-*.tgz -C /package --strip-components=1

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY scripts/prune-dependencies.mjs scripts/
RUN npm ci --omit=dev --ignore-scripts \
  && node scripts/prune-dependencies.mjs node_modules

FROM ${NODE_IMAGE} AS image
# git reads and merges repositories; nothing here installs packages any more.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates git \
  && rm -rf /var/lib/apt/lists/* /opt/yarn* /usr/local/lib/node_modules \
    /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /usr/local/bin/yarn* \
  && install --directory --owner=10001 --group=10001 --mode=0750 /var/lib/sluice
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=package /package ./
# The root file system may be read-only: only the data directory and /tmp are written to.
ENV NODE_ENV=production \
  HOME=/tmp \
  SLUICE_CONFIG=/etc/sluice/sluice.yaml \
  SLUICE_DATA_DIR=/var/lib/sluice \
  SLUICE_CACHE_DIR=/tmp/sluice \
  SLUICE_API_HOST=0.0.0.0 \
  SLUICE_WORKER_METRICS_ADDRESS=0.0.0.0:9464 \
  SLUICE_API_METRICS_ADDRESS=0.0.0.0:9465
USER 10001:10001
EXPOSE 7400 9464 9465
ENTRYPOINT ["node"]
CMD ["dist/api/main.js"]
