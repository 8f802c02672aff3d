# One image for every role; the command says which: coordinator, worker, job …
ARG NODE_IMAGE=node:22-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
# auto: native where it can be had while building, else wasm. native: fail without it. wasm: do not try.
ARG BACKEND=auto
COPY . .
RUN if [ "$BACKEND" != auto ]; then export TRIBUTARY_BACKEND="$BACKEND"; fi \
 && node packages/setup/setup.mjs \
 && npm prune --omit=dev \
 && node packages/cli/dist/main.js data partition --labels 0-3,4-6,7-9 --names alice,bob,charlie --out /shards \
 && node packages/cli/dist/main.js data partition --split test --iid 1 --names evaluator --out /shards

FROM ${NODE_IMAGE}
WORKDIR /app
ENV NODE_ENV=production
COPY --from=build --chown=node:node /app /app
COPY --from=build --chown=node:node /shards /shards
RUN mkdir -p /data /state /models /keys/join /keys/admin && chown -R node:node /data /state /models /keys
USER node
ENTRYPOINT ["node", "packages/cli/dist/main.js"]
CMD ["--help"]
