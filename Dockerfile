# Partyline in a small image: the server bundled into one file, on the slim image of the Bun it is tested with, not as root.
# The steps are scripts of package.json, so that CI runs the same ones without Docker (test/build.test.ts, test/deploy).
FROM oven/bun:1.4.4 AS build
WORKDIR /build
COPY package.json bun.lock ./
RUN bun run build:install
COPY server.ts ./
COPY src ./src
COPY pages/built ./pages/built
COPY docs/*.json ./docs/
RUN bun run build && mkdir /data

FROM oven/bun:1.4.4-slim
WORKDIR /app
COPY --from=build /build/dist/server.js ./server.js
COPY --from=build --chown=1000:1000 /data /data
# Writes to /data and nowhere else, so that the rest may be read-only.
ENV NODE_ENV=production DATA_DIR=/data
# `bun` in the image, by its number: who checks that an image is not root's reads numbers, and who mounts a folder at /data gives it to this one.
USER 1000:1000
EXPOSE 3000
VOLUME /data
# Asks where HOST and PORT say that the server listens.
HEALTHCHECK --interval=30s --timeout=3s --start-period=5s CMD ["bun", "/app/server.js", "--health"]
# Not through `bun run`: the signal of `docker stop` must reach the server itself.
CMD ["bun", "/app/server.js"]
