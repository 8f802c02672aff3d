# syntax=docker/dockerfile:1
# One image for every role; the command says which: coordinator, worker, job.
ARG NODE_IMAGE=node:22-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
# auto: native if it can be had while building, else wasm. native: fail without it. wasm: do not try.
ARG TRIBUTARY_BACKEND=auto
ENV XDG_CACHE_HOME=/root/.cache
COPY . .
RUN node packages/setup/setup.mjs \
 && node packages/cli/dist/main.js data partition --dataset mnist --out /shards --labels 0-3,4-6,7-9 --names alice,bob,charlie \
 && node packages/cli/dist/main.js data partition --dataset mnist --split test --out /shards --iid 1 --names evaluator \
 && npm prune --omit=dev

FROM ${NODE_IMAGE}
WORKDIR /app
ENV NODE_ENV=production
COPY --from=build --chown=node:node /app /app
COPY --from=build --chown=node:node /shards /shards
RUN mkdir -p /data /state /keys/join /keys/admin /models && chown -R node:node /data /state /keys /models
USER node
ENTRYPOINT ["node", "packages/cli/dist/main.js"]
CMD ["--help"]
